// winnow.v1.SweepService: validate, convert, call, map.
#ifndef SERVER_RPC_SWEEP_SERVICE_H_
#define SERVER_RPC_SWEEP_SERVICE_H_

#include "server/coordinator/coordinator.h"
#include "winnow/v1/sweep.grpc.pb.h"

namespace winnow::server {

// Threads    gRPC's; no handler blocks. Ownership: borrows the coordinator.
class SweepService final : public v1::SweepService::CallbackService {
 public:
  explicit SweepService(Coordinator* coordinator) : coordinator_(coordinator) {}

  grpc::ServerUnaryReactor* CreateSweep(grpc::CallbackServerContext* context, const v1::CreateSweepRequest* request,
                                        v1::CreateSweepResponse* response) override;
  grpc::ServerUnaryReactor* GetSweep(grpc::CallbackServerContext* context, const v1::GetSweepRequest* request,
                                     v1::GetSweepResponse* response) override;
  grpc::ServerUnaryReactor* ListSweeps(grpc::CallbackServerContext* context, const v1::ListSweepsRequest* request,
                                       v1::ListSweepsResponse* response) override;
  grpc::ServerUnaryReactor* CancelSweep(grpc::CallbackServerContext* context, const v1::CancelSweepRequest* request,
                                        v1::CancelSweepResponse* response) override;
  grpc::ServerUnaryReactor* PauseSweep(grpc::CallbackServerContext* context, const v1::PauseSweepRequest* request,
                                       v1::PauseSweepResponse* response) override;
  grpc::ServerUnaryReactor* ResumeSweep(grpc::CallbackServerContext* context, const v1::ResumeSweepRequest* request,
                                        v1::ResumeSweepResponse* response) override;
  grpc::ServerUnaryReactor* StopSweep(grpc::CallbackServerContext* context, const v1::StopSweepRequest* request,
                                      v1::StopSweepResponse* response) override;
  grpc::ServerUnaryReactor* RetrySweep(grpc::CallbackServerContext* context, const v1::RetrySweepRequest* request,
                                       v1::RetrySweepResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchSweepResponse>* WatchSweep(grpc::CallbackServerContext* context,
                                                               const v1::WatchSweepRequest* request) override;

 private:
  Coordinator* const coordinator_;
};

}  // namespace winnow::server

#endif  // SERVER_RPC_SWEEP_SERVICE_H_
