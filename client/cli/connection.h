// How commands reach a coordinator.
#ifndef CLIENT_CLI_CONNECTION_H_
#define CLIENT_CLI_CONNECTION_H_

#include <chrono>
#include <functional>
#include <memory>

#include "base/result.h"
#include "client/cli/coordinator.h"
#include "client/lib/address.h"

namespace winnow::cli {

struct ConnectRequest {
  client::ServerAddress address;
  // How long the first answer may take before the coordinator counts as not reachable.
  std::chrono::milliseconds limit{5000};
};

// Connects and makes sure that what answers speaks this program's API version. kUnavailable says what was tried.
using Connect = std::function<Result<std::unique_ptr<Coordinator>>(const ConnectRequest&)>;

// The real one, over client/lib.
Result<std::unique_ptr<Coordinator>> ConnectToCoordinator(const ConnectRequest& request);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_CONNECTION_H_
