// The streams of ReadArtifact and WriteArtifact. One piece is on its way at a time, both ways: a slow side holds up the
// other, and memory is bounded by a piece a call.
#ifndef SERVER_RPC_ARTIFACT_STREAMS_H_
#define SERVER_RPC_ARTIFACT_STREAMS_H_

#include <grpcpp/support/server_callback.h>

#include <string>

#include "base/result.h"
#include "server/coordinator/artifact_desk.h"
#include "winnow/v1/artifact.pb.h"

namespace winnow::server {

// Starts the stream, or ends it at once with the error of the name.
grpc::ServerWriteReactor<v1::ReadArtifactResponse>* StartDownload(grpc::CallbackServerContext* context,
                                                                  ArtifactDesk* artifacts, Result<std::string> digest);

grpc::ServerReadReactor<v1::WriteArtifactRequest>* StartUpload(grpc::CallbackServerContext* context,
                                                               ArtifactDesk* artifacts,
                                                               v1::WriteArtifactResponse* response);

}  // namespace winnow::server

#endif  // SERVER_RPC_ARTIFACT_STREAMS_H_
