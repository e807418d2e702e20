#include "server/rpc/trial_service.h"

#include <utility>

#include "server/domain/resource_name.h"
#include "server/rpc/answers.h"
#include "server/rpc/to_proto.h"

namespace winnow::server {

grpc::ServerUnaryReactor* TrialService::GetTrial(grpc::CallbackServerContext* context,
                                                 const v1::GetTrialRequest* request, v1::GetTrialResponse* response) {
  return Serve(context, response, [&](Answer<v1::GetTrialResponse> answer) {
    Result<TrialName> name = ParseTrialName(request->name());
    if (!name) return answer(name.error());
    coordinator_->Read<Trial>(
        [name = *std::move(name)](const StoreReader& reader) { return reader.GetTrial(name.sweep, name.trial); },
        Into<Trial>(std::move(answer), [](const Trial& trial, v1::GetTrialResponse& filled) {
          *filled.mutable_trial() = ToProto(trial);
        }));
  });
}

grpc::ServerUnaryReactor* TrialService::ListTrials(grpc::CallbackServerContext* context,
                                                   const v1::ListTrialsRequest* request,
                                                   v1::ListTrialsResponse* response) {
  return Serve(context, response, [&](Answer<v1::ListTrialsResponse> answer) {
    Result<std::string> sweep = ParseSweepName(request->parent());
    if (!sweep) return answer(sweep.error());
    coordinator_->Read<Page<Trial>>(
        [sweep = *std::move(sweep), page = PageOf(*request)](const StoreReader& reader) {
          return reader.ListTrials(sweep, page);
        },
        Into<Page<Trial>>(std::move(answer), [](const Page<Trial>& page, v1::ListTrialsResponse& filled) {
          for (const Trial& trial : page.items) *filled.add_trials() = ToProto(trial);
          filled.set_next_page_token(page.next_token);
        }));
  });
}

grpc::ServerUnaryReactor* ResultsService::ListResults(grpc::CallbackServerContext* context,
                                                      const v1::ListResultsRequest* request,
                                                      v1::ListResultsResponse* response) {
  return Serve(context, response, [&](Answer<v1::ListResultsResponse> answer) {
    Result<std::string> sweep = ParseSweepName(request->parent());
    if (!sweep) return answer(sweep.error());
    coordinator_->Read<ResultsPage>(
        [sweep = *std::move(sweep), page = PageOf(*request)](const StoreReader& reader) {
          return winnow::server::ListResults(reader, sweep, page);
        },
        Into<ResultsPage>(std::move(answer), [](const ResultsPage& page, v1::ListResultsResponse& filled) {
          for (const TrialResult& result : page.results.items) *filled.add_results() = ToProto(result);
          filled.set_next_page_token(page.results.next_token);
          for (const BenchmarkRow& row : page.dense_benchmark) *filled.add_dense_benchmark() = ToProto(row);
          filled.set_fingerprint_json(page.fingerprint_json);
        }));
  });
}

}  // namespace winnow::server
