// The stream of WatchSweep.
#ifndef SERVER_RPC_WATCH_STREAM_H_
#define SERVER_RPC_WATCH_STREAM_H_

#include <grpcpp/support/server_callback.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "server/coordinator/watch_hub.h"
#include "winnow/v1/sweep.pb.h"

namespace winnow::server {

struct WatchRequest {
  std::string sweep;  // id
  int64_t after_revision = 0;
  Duration min_interval{};
};

// An update as messages that stay below what clients take (4 MiB). All but the last carry `seen`, the revision the
// client had before: one that resumes in between gets the whole update again.
std::vector<v1::WatchSweepResponse> ToMessages(const SweepUpdate& update, int64_t seen);

// Starts the stream, or ends it at once with the error that the request has.
grpc::ServerWriteReactor<v1::WatchSweepResponse>* StartWatch(grpc::CallbackServerContext* context, WatchHub* hub,
                                                             Result<WatchRequest> request);

}  // namespace winnow::server

#endif  // SERVER_RPC_WATCH_STREAM_H_
