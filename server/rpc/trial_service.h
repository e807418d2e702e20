// winnow.v1.TrialService and ResultsService: validate, convert, call, map.
#ifndef SERVER_RPC_TRIAL_SERVICE_H_
#define SERVER_RPC_TRIAL_SERVICE_H_

#include "server/coordinator/coordinator.h"
#include "winnow/v1/results.grpc.pb.h"
#include "winnow/v1/trial.grpc.pb.h"

namespace winnow::server {

// Threads    gRPC's; no handler blocks. Ownership: borrows the coordinator.
class TrialService final : public v1::TrialService::CallbackService {
 public:
  explicit TrialService(Coordinator* coordinator) : coordinator_(coordinator) {}

  grpc::ServerUnaryReactor* GetTrial(grpc::CallbackServerContext* context, const v1::GetTrialRequest* request,
                                     v1::GetTrialResponse* response) override;
  grpc::ServerUnaryReactor* ListTrials(grpc::CallbackServerContext* context, const v1::ListTrialsRequest* request,
                                       v1::ListTrialsResponse* response) override;

 private:
  Coordinator* const coordinator_;
};

// Likewise.
class ResultsService final : public v1::ResultsService::CallbackService {
 public:
  explicit ResultsService(Coordinator* coordinator) : coordinator_(coordinator) {}

  grpc::ServerUnaryReactor* ListResults(grpc::CallbackServerContext* context, const v1::ListResultsRequest* request,
                                        v1::ListResultsResponse* response) override;

 private:
  Coordinator* const coordinator_;
};

}  // namespace winnow::server

#endif  // SERVER_RPC_TRIAL_SERVICE_H_
