// winnow.v1.WorkerService: validate, convert, call, map.
#ifndef SERVER_RPC_WORKER_SERVICE_H_
#define SERVER_RPC_WORKER_SERVICE_H_

#include "server/coordinator/coordinator.h"
#include "winnow/v1/worker.grpc.pb.h"

namespace winnow::server {

// Threads    gRPC's; no handler blocks, calls that wait hold none. Ownership: borrows the coordinator.
class WorkerService final : public v1::WorkerService::CallbackService {
 public:
  explicit WorkerService(Coordinator* coordinator) : coordinator_(coordinator) {}

  grpc::ServerUnaryReactor* RegisterWorker(grpc::CallbackServerContext* context,
                                           const v1::RegisterWorkerRequest* request,
                                           v1::RegisterWorkerResponse* response) override;
  grpc::ServerUnaryReactor* ListWorkers(grpc::CallbackServerContext* context, const v1::ListWorkersRequest* request,
                                        v1::ListWorkersResponse* response) override;
  grpc::ServerUnaryReactor* AcquireLease(grpc::CallbackServerContext* context, const v1::AcquireLeaseRequest* request,
                                         v1::AcquireLeaseResponse* response) override;
  grpc::ServerUnaryReactor* RenewLeases(grpc::CallbackServerContext* context, const v1::RenewLeasesRequest* request,
                                        v1::RenewLeasesResponse* response) override;
  grpc::ServerUnaryReactor* AwaitCancellations(grpc::CallbackServerContext* context,
                                               const v1::AwaitCancellationsRequest* request,
                                               v1::AwaitCancellationsResponse* response) override;
  grpc::ServerUnaryReactor* ReportProgress(grpc::CallbackServerContext* context,
                                           const v1::ReportProgressRequest* request,
                                           v1::ReportProgressResponse* response) override;
  grpc::ServerUnaryReactor* CompleteStage(grpc::CallbackServerContext* context, const v1::CompleteStageRequest* request,
                                          v1::CompleteStageResponse* response) override;
  grpc::ServerUnaryReactor* DrainWorker(grpc::CallbackServerContext* context, const v1::DrainWorkerRequest* request,
                                        v1::DrainWorkerResponse* response) override;
  grpc::ServerUnaryReactor* UnregisterWorker(grpc::CallbackServerContext* context,
                                             const v1::UnregisterWorkerRequest* request,
                                             v1::UnregisterWorkerResponse* response) override;

 private:
  Coordinator* const coordinator_;
};

}  // namespace winnow::server

#endif  // SERVER_RPC_WORKER_SERVICE_H_
