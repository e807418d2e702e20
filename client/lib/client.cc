#include "client/lib/client.h"

#include <utility>

#include "base/id.h"
#include "client/lib/paging.h"

namespace winnow::client {
namespace {

using Sweeps = v1::SweepService::StubInterface;
using Trials = v1::TrialService::StubInterface;
using Stages = v1::StageService::StubInterface;
using Results = v1::ResultsService::StubInterface;
using Workers = v1::WorkerService::StubInterface;

}  // namespace

Result<v1::CreateSweepResponse> Client::SubmitSweep(const std::string& spec_json, const std::string& user,
                                                    bool validate_only) {
  v1::CreateSweepRequest request;
  request.set_request_id(NewUuid());
  request.set_spec_json(spec_json);
  request.set_user(user);
  request.set_validate_only(validate_only);
  return connection_->Call(*connection_->stubs().sweeps, &Sweeps::CreateSweep, request, policy_);
}

Result<v1::Sweep> Client::CreateSweep(const std::string& spec_json, bool validate_only) {
  WINNOW_ASSIGN_OR_RETURN(v1::CreateSweepResponse response, SubmitSweep(spec_json, "", validate_only));
  return std::move(*response.mutable_sweep());
}

Result<v1::Sweep> Client::GetSweep(const std::string& name) {
  v1::GetSweepRequest request;
  request.set_name(name);
  WINNOW_ASSIGN_OR_RETURN(v1::GetSweepResponse response,
                          connection_->Call(*connection_->stubs().sweeps, &Sweeps::GetSweep, request, policy_));
  return std::move(*response.mutable_sweep());
}

Result<std::vector<v1::Sweep>> Client::ListSweeps(size_t most) {
  std::vector<v1::Sweep> all;
  const Status status = ForEachPage(
      v1::ListSweepsRequest(), most,
      [this](const v1::ListSweepsRequest& request) {
        return connection_->Call(*connection_->stubs().sweeps, &Sweeps::ListSweeps, request, policy_);
      },
      [&all](v1::ListSweepsResponse& page) { return AppendAll(page.mutable_sweeps(), all); });
  if (!status.ok()) return Err(status);
  if (most != 0 && all.size() > most) all.resize(most);
  return all;
}

template <typename Request, typename Response>
Result<v1::Sweep> Client::Change(const std::string& name,
                                 grpc::Status (v1::SweepService::StubInterface::*method)(grpc::ClientContext*,
                                                                                         const Request&, Response*)) {
  Request request;
  request.set_request_id(NewUuid());
  request.set_name(name);
  WINNOW_ASSIGN_OR_RETURN(Response response, connection_->Call(*connection_->stubs().sweeps, method, request, policy_));
  return std::move(*response.mutable_sweep());
}

Result<v1::Sweep> Client::CancelSweep(const std::string& name) { return Change(name, &Sweeps::CancelSweep); }
Result<v1::Sweep> Client::PauseSweep(const std::string& name) { return Change(name, &Sweeps::PauseSweep); }
Result<v1::Sweep> Client::ResumeSweep(const std::string& name) { return Change(name, &Sweeps::ResumeSweep); }
Result<v1::Sweep> Client::StopSweep(const std::string& name) { return Change(name, &Sweeps::StopSweep); }

Result<v1::RetrySweepResponse> Client::RetrySweep(const std::string& name, v1::RetryScope scope) {
  v1::RetrySweepRequest request;
  request.set_request_id(NewUuid());
  request.set_name(name);
  request.set_scope(scope);
  return connection_->Call(*connection_->stubs().sweeps, &Sweeps::RetrySweep, request, policy_);
}

Result<v1::Worker> Client::DrainWorker(const std::string& name, bool drain) {
  v1::DrainWorkerRequest request;
  request.set_name(name);
  request.set_drain(drain);
  WINNOW_ASSIGN_OR_RETURN(v1::DrainWorkerResponse response,
                          connection_->Call(*connection_->stubs().workers, &Workers::DrainWorker, request, policy_));
  return std::move(*response.mutable_worker());
}

Result<v1::Stage> Client::GetStage(const std::string& name) {
  v1::GetStageRequest request;
  request.set_name(name);
  WINNOW_ASSIGN_OR_RETURN(v1::GetStageResponse response,
                          connection_->Call(*connection_->stubs().stages, &Stages::GetStage, request, policy_));
  return std::move(*response.mutable_stage());
}

Result<std::vector<v1::Stage>> Client::ListStages(const std::string& sweep) {
  v1::ListStagesRequest first;
  first.set_parent(sweep);
  std::vector<v1::Stage> all;
  const Status status = ForEachPage(
      std::move(first), 0,
      [this](const v1::ListStagesRequest& request) {
        return connection_->Call(*connection_->stubs().stages, &Stages::ListStages, request, policy_);
      },
      [&all](v1::ListStagesResponse& page) { return AppendAll(page.mutable_stages(), all); });
  if (!status.ok()) return Err(status);
  return all;
}

Result<std::vector<v1::Measurement>> Client::ListMeasurements(const std::string& stage) {
  v1::ListMeasurementsRequest first;
  first.set_parent(stage);
  std::vector<v1::Measurement> all;
  const Status status = ForEachPage(
      std::move(first), 0,
      [this](const v1::ListMeasurementsRequest& request) {
        return connection_->Call(*connection_->stubs().stages, &Stages::ListMeasurements, request, policy_);
      },
      [&all](v1::ListMeasurementsResponse& page) { return AppendAll(page.mutable_measurements(), all); });
  if (!status.ok()) return Err(status);
  return all;
}

Result<v1::Trial> Client::GetTrial(const std::string& name) {
  v1::GetTrialRequest request;
  request.set_name(name);
  WINNOW_ASSIGN_OR_RETURN(v1::GetTrialResponse response,
                          connection_->Call(*connection_->stubs().trials, &Trials::GetTrial, request, policy_));
  return std::move(*response.mutable_trial());
}

Result<std::vector<v1::Trial>> Client::ListTrials(const std::string& sweep) {
  v1::ListTrialsRequest first;
  first.set_parent(sweep);
  std::vector<v1::Trial> all;
  const Status status = ForEachPage(
      std::move(first), 0,
      [this](const v1::ListTrialsRequest& request) {
        return connection_->Call(*connection_->stubs().trials, &Trials::ListTrials, request, policy_);
      },
      [&all](v1::ListTrialsResponse& page) { return AppendAll(page.mutable_trials(), all); });
  if (!status.ok()) return Err(status);
  return all;
}

Result<SweepResults> Client::ListResults(const std::string& sweep) {
  v1::ListResultsRequest first;
  first.set_parent(sweep);
  SweepResults all;
  const Status status = ForEachPage(
      std::move(first), 0,
      [this](const v1::ListResultsRequest& request) {
        return connection_->Call(*connection_->stubs().results, &Results::ListResults, request, policy_);
      },
      [&all](v1::ListResultsResponse& page) {
        AppendAll(page.mutable_dense_benchmark(), all.dense_benchmark);
        if (!page.fingerprint_json().empty()) all.fingerprint_json = page.fingerprint_json();
        return AppendAll(page.mutable_results(), all.trials);
      });
  if (!status.ok()) return Err(status);
  return all;
}

Result<std::vector<v1::Worker>> Client::ListWorkers() {
  std::vector<v1::Worker> all;
  const Status status = ForEachPage(
      v1::ListWorkersRequest(), 0,
      [this](const v1::ListWorkersRequest& request) {
        return connection_->Call(*connection_->stubs().workers, &Workers::ListWorkers, request, policy_);
      },
      [&all](v1::ListWorkersResponse& page) { return AppendAll(page.mutable_workers(), all); });
  if (!status.ok()) return Err(status);
  return all;
}

}  // namespace winnow::client
