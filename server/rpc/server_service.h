// winnow.v1.ServerService: what is behind this address.
#ifndef SERVER_RPC_SERVER_SERVICE_H_
#define SERVER_RPC_SERVER_SERVICE_H_

#include "server/coordinator/coordinator.h"
#include "winnow/v1/server.grpc.pb.h"

namespace winnow::server {

// Threads    gRPC's; no handler blocks. Ownership: borrows the coordinator.
class ServerService final : public v1::ServerService::CallbackService {
 public:
  explicit ServerService(Coordinator* coordinator) : coordinator_(coordinator) {}

  // Answers clients of any API version: they learn here that it is another one than theirs.
  grpc::ServerUnaryReactor* GetServer(grpc::CallbackServerContext* context, const v1::GetServerRequest* request,
                                      v1::GetServerResponse* response) override;

 private:
  Coordinator* const coordinator_;
};

}  // namespace winnow::server

#endif  // SERVER_RPC_SERVER_SERVICE_H_
