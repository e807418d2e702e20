#include "server/rpc/call_log.h"

#include <grpc/support/log.h>

#include "base/logging.h"

namespace winnow::server {
namespace {

spdlog::level::level_enum LevelOf(StatusCode code) {
  switch (code) {
    case StatusCode::kInternal:
    case StatusCode::kDataLoss:
    case StatusCode::kUnknown:
      return spdlog::level::err;
    case StatusCode::kUnavailable:
    case StatusCode::kResourceExhausted:
      return spdlog::level::warn;
    default:
      return spdlog::level::debug;
  }
}

void LogForGrpc(gpr_log_func_args* args) {
  // gRPC calls errors what is an everyday event to us (a client gone, a port taken), which we report ourselves.
  spdlog::debug("grpc: {}", args->message);
}

}  // namespace

void LogFailedCall(const grpc::ServerContextBase& context, const Status& status) {
  spdlog::log(LevelOf(status.code()), "call from {} failed: {}", context.peer(), status.ToString());
}

void RouteGrpcLog() { gpr_set_log_function(LogForGrpc); }

}  // namespace winnow::server
