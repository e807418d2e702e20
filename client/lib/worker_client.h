// What an agent asks of its coordinator: the calls of WorkerService, limited and repeated as Connection says.
#ifndef CLIENT_LIB_WORKER_CLIENT_H_
#define CLIENT_LIB_WORKER_CLIENT_H_

#include "base/result.h"
#include "client/lib/connection.h"

namespace winnow::client {

// A lease is over: kill its stage and report nothing.
bool IsLeaseLost(const Status& status);
inline constexpr char kNameTaken[] = "NAME_TAKEN";
inline constexpr char kArtifactMissing[] = "ARTIFACT_MISSING";

// Requests are sent as they are: the caller sets request_id once, so that a repeat is the same request.
//
// Threads    as Client. Cheap to make: one per thread and policy.
// Ownership  borrows the connection.
// Errors     as Connection, and the API's (proto/winnow/v1/worker.proto).
class WorkerClient {
 public:
  WorkerClient(Connection* connection, CallPolicy policy) : connection_(connection), policy_(policy) {}

  Result<v1::RegisterWorkerResponse> Register(const v1::RegisterWorkerRequest& request);
  Result<v1::RenewLeasesResponse> Renew(const v1::RenewLeasesRequest& request);
  // These two wait at the coordinator for request.wait, which is added to the policy's limit.
  Result<v1::AcquireLeaseResponse> Acquire(const v1::AcquireLeaseRequest& request);
  Result<v1::AwaitCancellationsResponse> AwaitCancellations(const v1::AwaitCancellationsRequest& request);
  Result<v1::ReportProgressResponse> Report(const v1::ReportProgressRequest& request);
  Result<v1::CompleteStageResponse> Complete(const v1::CompleteStageRequest& request);
  Status Unregister(const v1::UnregisterWorkerRequest& request);

 private:
  Connection* const connection_;
  const CallPolicy policy_;
};

}  // namespace winnow::client

#endif  // CLIENT_LIB_WORKER_CLIENT_H_
