// gRPC's status as ours. The other direction is the server's.
#ifndef CLIENT_LIB_STATUS_CONVERSION_H_
#define CLIENT_LIB_STATUS_CONVERSION_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <string>

#include "base/status.h"

namespace winnow::client {

inline constexpr char kReasonMetadata[] = "winnow-reason";

// Codes are gRPC's own. The reason comes from trailing metadata, so the call must have ended.
Status FromGrpcStatus(const grpc::Status& status, const grpc::ClientContext& context);

// Code and message alone, for calls without a context at hand.
Status FromGrpcStatus(const grpc::Status& status);

// What gRPC says about a connection that failed, without its wrapping: "Connection refused".
std::string ShortReason(const std::string& grpc_message);

}  // namespace winnow::client

#endif  // CLIENT_LIB_STATUS_CONVERSION_H_
