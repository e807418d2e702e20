// The version of the API that client and server speak.
#ifndef SERVER_RPC_API_VERSION_H_
#define SERVER_RPC_API_VERSION_H_

#include <grpcpp/server_context.h>

#include "base/status.h"

namespace winnow::server {

inline constexpr int kApiVersion = 1;
inline constexpr char kApiVersionMetadata[] = "winnow-api";

// Calls carry the client's version in metadata "winnow-api"; one without it (grpcurl, say) is let through.
// kFailedPrecondition, reason API_VERSION, names both versions.
Status CheckApiVersion(const grpc::ServerContextBase& context);

}  // namespace winnow::server

#endif  // SERVER_RPC_API_VERSION_H_
