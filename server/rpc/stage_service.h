// winnow.v1.StageService: validate, convert, call, map.
#ifndef SERVER_RPC_STAGE_SERVICE_H_
#define SERVER_RPC_STAGE_SERVICE_H_

#include "server/coordinator/coordinator.h"
#include "winnow/v1/stage.grpc.pb.h"

namespace winnow::server {

// Threads    gRPC's; no handler blocks. Ownership: borrows the coordinator.
class StageService final : public v1::StageService::CallbackService {
 public:
  explicit StageService(Coordinator* coordinator) : coordinator_(coordinator) {}

  grpc::ServerUnaryReactor* GetStage(grpc::CallbackServerContext* context, const v1::GetStageRequest* request,
                                     v1::GetStageResponse* response) override;
  grpc::ServerUnaryReactor* ListStages(grpc::CallbackServerContext* context, const v1::ListStagesRequest* request,
                                       v1::ListStagesResponse* response) override;
  grpc::ServerUnaryReactor* ListMeasurements(grpc::CallbackServerContext* context,
                                             const v1::ListMeasurementsRequest* request,
                                             v1::ListMeasurementsResponse* response) override;
  grpc::ServerWriteReactor<v1::ReadStageLogResponse>* ReadStageLog(grpc::CallbackServerContext* context,
                                                                   const v1::ReadStageLogRequest* request) override;

 private:
  Coordinator* const coordinator_;
};

}  // namespace winnow::server

#endif  // SERVER_RPC_STAGE_SERVICE_H_
