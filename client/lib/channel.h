// gRPC channels to a coordinator, set up alike for every program.
#ifndef CLIENT_LIB_CHANNEL_H_
#define CLIENT_LIB_CHANNEL_H_

#include <grpcpp/channel.h>

#include <memory>

#include "base/result.h"
#include "client/lib/address.h"

namespace winnow::client {

// A channel that reconnects by itself after 100 ms to 2 s, pings every 10 s so that a dead peer is noticed, and goes
// through no HTTP proxy to this machine. Nothing is sent before the first call.
//
// kNotFound, kPermissionDenied: a TLS file cannot be read. kInvalidArgument: a certificate without its key.
Result<std::shared_ptr<grpc::Channel>> MakeChannel(const ServerAddress& address);

}  // namespace winnow::client

#endif  // CLIENT_LIB_CHANNEL_H_
