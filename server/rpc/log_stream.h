// The stream of ReadStageLog.
#ifndef SERVER_RPC_LOG_STREAM_H_
#define SERVER_RPC_LOG_STREAM_H_

#include <grpcpp/support/server_callback.h>

#include <string>

#include "base/result.h"
#include "server/coordinator/coordinator.h"
#include "winnow/v1/stage.pb.h"

namespace winnow::server {

struct LogRequest {
  std::string stage;  // key
  int attempt = 0;    // 0: the latest
  int64_t offset = 0;
  bool follow = false;  // go on until the attempt has ended
};

// Starts the stream, or ends it at once with the error that the request has.
grpc::ServerWriteReactor<v1::ReadStageLogResponse>* StartLog(grpc::CallbackServerContext* context,
                                                             Coordinator* coordinator, Result<LogRequest> request);

}  // namespace winnow::server

#endif  // SERVER_RPC_LOG_STREAM_H_
