// A worker that does what a test tells it, over the API.
#ifndef TESTS_UNIT_SERVER_RPC_SCRIPTED_WORKER_H_
#define TESTS_UNIT_SERVER_RPC_SCRIPTED_WORKER_H_

#include <optional>
#include <string>

#include "tests/unit/server/rpc/api.h"

namespace winnow::server {

// A sweep of five stages without benchmarks: train, its evaluation, spatial_prune, winograd_prune, its evaluation.
// Sweeps of different seeds share no stage. `members` are added to the spec.
std::string SmallSpec(const std::string& name, int seed = 1, const std::string& members = "");
// Submits it; the sweep's name. Fails the test where that is refused.
std::string MustSubmit(Api& api, const std::string& spec);

// Ownership  borrows the API. Threads: one.
class ScriptedWorker {
 public:
  ScriptedWorker(Api* api, std::string id) : api_(api), id_(std::move(id)) {}

  std::string name() const { return "workers/" + id_; }
  std::string instance() const { return id_ + "-instance"; }

  // Can run every kind of stage on Fashion-MNIST.
  v1::RegisterWorkerRequest Registration() const;
  Outcome Register();

  v1::AcquireLeaseRequest Asking(int wait_s = 0) const;
  // What is there now; nullopt where there is nothing. Fails the test where the call fails.
  std::optional<v1::Lease> Acquire();

  // The end of a lease with the results that the kind has. A net's checkpoint is made up, and uploaded.
  v1::CompleteStageRequest Success(const v1::Lease& lease);
  Reply<v1::CompleteStageResponse> Complete(const v1::CompleteStageRequest& request);

  // Acquires the next stage and has it succeed: its lease; nullopt where there is nothing to do.
  std::optional<v1::Lease> RunOne();
  // All that is there, until nothing is; how many.
  int RunAll();

 private:
  Api* const api_;
  const std::string id_;
};

}  // namespace winnow::server

#endif  // TESTS_UNIT_SERVER_RPC_SCRIPTED_WORKER_H_
