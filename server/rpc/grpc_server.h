// The services of the API on a gRPC server.
#ifndef SERVER_RPC_GRPC_SERVER_H_
#define SERVER_RPC_GRPC_SERVER_H_

#include <grpcpp/server.h>

#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"
#include "server/coordinator/coordinator.h"
#include "server/rpc/artifact_service.h"
#include "server/rpc/listen_options.h"
#include "server/rpc/server_service.h"
#include "server/rpc/stage_service.h"
#include "server/rpc/sweep_service.h"
#include "server/rpc/trial_service.h"
#include "server/rpc/worker_service.h"

namespace winnow::server {

// Health checks and reflection are on. Clients may ping every 10 s without a call.
//
// Threads    Start and Stop from one thread; calls run on gRPC's.
// Ownership  borrows the coordinator.
class GrpcServer {
 public:
  explicit GrpcServer(Coordinator* coordinator);
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // kUnavailable: the address is taken or not this machine's (named, with the remedy). Else as CheckListenOptions and
  // MakeServerCredentials.
  Status Start(const ListenOptions& options);

  // Lets running calls finish until `grace` is over, then cancels them. The coordinator must have been stopped, else
  // waiting calls use up the grace. Idempotent.
  void Stop(Duration grace);

  // "127.0.0.1:7070", "unix:/path"; "" where it does not listen so.
  const std::string& tcp_address() const { return tcp_address_; }
  const std::string& unix_address() const { return unix_address_; }

 private:
  SweepService sweeps_;
  TrialService trials_;
  ResultsService results_;
  StageService stages_;
  WorkerService workers_;
  ArtifactService artifacts_;
  ServerService server_service_;
  std::unique_ptr<grpc::Server> server_;
  std::string tcp_address_;
  std::string unix_address_;
};

}  // namespace winnow::server

#endif  // SERVER_RPC_GRPC_SERVER_H_
