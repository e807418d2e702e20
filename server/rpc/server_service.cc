#include "server/rpc/server_service.h"

#include "server/rpc/api_version.h"
#include "server/rpc/program_version.h"
#include "server/rpc/to_proto.h"

namespace winnow::server {

grpc::ServerUnaryReactor* ServerService::GetServer(grpc::CallbackServerContext* context,
                                                   const v1::GetServerRequest* request,
                                                   v1::GetServerResponse* response) {
  v1::Server& server = *response->mutable_server();
  server.set_version(kProgramVersion);
  server.set_api_version(kApiVersion);
  server.set_instance(coordinator_->instance());
  *server.mutable_start_time() = ToProto(coordinator_->start_time());
  server.set_revision(coordinator_->revision());
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace winnow::server
