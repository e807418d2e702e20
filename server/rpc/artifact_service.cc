#include "server/rpc/artifact_service.h"

#include <utility>

#include "server/domain/resource_name.h"
#include "server/rpc/answers.h"
#include "server/rpc/artifact_streams.h"
#include "server/rpc/to_proto.h"

namespace winnow::server {

grpc::ServerUnaryReactor* ArtifactService::GetArtifact(grpc::CallbackServerContext* context,
                                                       const v1::GetArtifactRequest* request,
                                                       v1::GetArtifactResponse* response) {
  return Serve(context, response, [&](Answer<v1::GetArtifactResponse> answer) {
    Result<std::string> digest = ParseArtifactName(request->name());
    if (!digest) return answer(digest.error());
    coordinator_->artifacts().Get(
        *std::move(digest),
        Into<Artifact>(std::move(answer), [](const Artifact& artifact, v1::GetArtifactResponse& filled) {
          *filled.mutable_artifact() = ToProto(artifact);
        }));
  });
}

grpc::ServerWriteReactor<v1::ReadArtifactResponse>* ArtifactService::ReadArtifact(
    grpc::CallbackServerContext* context, const v1::ReadArtifactRequest* request) {
  return StartDownload(context, &coordinator_->artifacts(), ParseArtifactName(request->name()));
}

grpc::ServerReadReactor<v1::WriteArtifactRequest>* ArtifactService::WriteArtifact(grpc::CallbackServerContext* context,
                                                                                  v1::WriteArtifactResponse* response) {
  return StartUpload(context, &coordinator_->artifacts(), response);
}

}  // namespace winnow::server
