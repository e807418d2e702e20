#include "server/rpc/api_version.h"

#include <string>

namespace winnow::server {

Status CheckApiVersion(const grpc::ServerContextBase& context) {
  const auto it = context.client_metadata().find(kApiVersionMetadata);
  if (it == context.client_metadata().end()) return OkStatus();
  const std::string theirs(it->second.data(), it->second.size());
  const std::string ours = std::to_string(kApiVersion);
  if (theirs == ours) return OkStatus();
  return FailedPrecondition("the client speaks version " + theirs.substr(0, 32) +
                                " of the API, this coordinator version " + ours + "; use the same release of both",
                            "API_VERSION");
}

}  // namespace winnow::server
