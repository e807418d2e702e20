// winnow::Status as gRPC sends it. The other direction is client/lib's.
//
// Codes are gRPC's own. The reason, where there is one, travels as trailing metadata "winnow-reason"
// (docs/decisions/0003-reason-in-trailing-metadata.md).
#ifndef SERVER_RPC_STATUS_CONVERSION_H_
#define SERVER_RPC_STATUS_CONVERSION_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include "base/status.h"

namespace winnow::server {

inline constexpr char kReasonMetadata[] = "winnow-reason";

// Code and message. A message is cut to what HTTP/2 headers hold (4 KiB), with a note that it was.
grpc::Status ToGrpcStatus(const Status& status);

// The same, and the reason into the call's trailing metadata: before Finish().
grpc::Status ToGrpcStatus(const Status& status, grpc::ServerContextBase* context);

}  // namespace winnow::server

#endif  // SERVER_RPC_STATUS_CONVERSION_H_
