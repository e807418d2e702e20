#include "client/lib/worker_client.h"

namespace winnow::client {
namespace {

using Workers = v1::WorkerService::StubInterface;

CallPolicy WithWait(CallPolicy policy, const google::protobuf::Duration& wait) {
  policy.limit += std::chrono::seconds(wait.seconds()) + std::chrono::nanoseconds(wait.nanos());
  return policy;
}

}  // namespace

bool IsLeaseLost(const Status& status) {
  return status.code() == StatusCode::kFailedPrecondition && status.reason() == "LEASE_LOST";
}

Result<v1::RegisterWorkerResponse> WorkerClient::Register(const v1::RegisterWorkerRequest& request) {
  return connection_->Call(*connection_->stubs().workers, &Workers::RegisterWorker, request, policy_);
}

Result<v1::RenewLeasesResponse> WorkerClient::Renew(const v1::RenewLeasesRequest& request) {
  return connection_->Call(*connection_->stubs().workers, &Workers::RenewLeases, request, policy_);
}

Result<v1::AcquireLeaseResponse> WorkerClient::Acquire(const v1::AcquireLeaseRequest& request) {
  return connection_->Call(*connection_->stubs().workers, &Workers::AcquireLease, request,
                           WithWait(policy_, request.wait()));
}

Result<v1::AwaitCancellationsResponse> WorkerClient::AwaitCancellations(const v1::AwaitCancellationsRequest& request) {
  return connection_->Call(*connection_->stubs().workers, &Workers::AwaitCancellations, request,
                           WithWait(policy_, request.wait()));
}

Result<v1::ReportProgressResponse> WorkerClient::Report(const v1::ReportProgressRequest& request) {
  return connection_->Call(*connection_->stubs().workers, &Workers::ReportProgress, request, policy_);
}

Result<v1::CompleteStageResponse> WorkerClient::Complete(const v1::CompleteStageRequest& request) {
  return connection_->Call(*connection_->stubs().workers, &Workers::CompleteStage, request, policy_);
}

Status WorkerClient::Unregister(const v1::UnregisterWorkerRequest& request) {
  return StatusOf(connection_->Call(*connection_->stubs().workers, &Workers::UnregisterWorker, request, policy_));
}

}  // namespace winnow::client
