// winnow.v1.ArtifactService: validate, convert, call, map; the streams are in artifact_streams.h.
#ifndef SERVER_RPC_ARTIFACT_SERVICE_H_
#define SERVER_RPC_ARTIFACT_SERVICE_H_

#include "server/coordinator/coordinator.h"
#include "winnow/v1/artifact.grpc.pb.h"

namespace winnow::server {

// Threads    gRPC's; no handler blocks. Ownership: borrows the coordinator.
class ArtifactService final : public v1::ArtifactService::CallbackService {
 public:
  explicit ArtifactService(Coordinator* coordinator) : coordinator_(coordinator) {}

  grpc::ServerUnaryReactor* GetArtifact(grpc::CallbackServerContext* context, const v1::GetArtifactRequest* request,
                                        v1::GetArtifactResponse* response) override;
  grpc::ServerWriteReactor<v1::ReadArtifactResponse>* ReadArtifact(grpc::CallbackServerContext* context,
                                                                   const v1::ReadArtifactRequest* request) override;
  grpc::ServerReadReactor<v1::WriteArtifactRequest>* WriteArtifact(grpc::CallbackServerContext* context,
                                                                   v1::WriteArtifactResponse* response) override;

 private:
  Coordinator* const coordinator_;
};

}  // namespace winnow::server

#endif  // SERVER_RPC_ARTIFACT_SERVICE_H_
