// Log lines of calls that fail.
#ifndef SERVER_RPC_CALL_LOG_H_
#define SERVER_RPC_CALL_LOG_H_

#include <grpcpp/server_context.h>

#include "base/status.h"

namespace winnow::server {

// What is the caller's to mend is logged at debug level, what is ours (INTERNAL, DATA_LOSS, UNKNOWN) as an error, what
// comes from the machine (UNAVAILABLE, RESOURCE_EXHAUSTED) as a warning.
void LogFailedCall(const grpc::ServerContextBase& context, const Status& status);

// Sends gRPC's own log lines to ours.
void RouteGrpcLog();

}  // namespace winnow::server

#endif  // SERVER_RPC_CALL_LOG_H_
