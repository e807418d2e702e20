// A coordinator over a store in memory and a clock that stands still, and what users and workers do with it, as calls
// that wait for their answer.
#ifndef TESTS_UNIT_SERVER_COORDINATOR_COORDINATOR_FIXTURE_H_
#define TESTS_UNIT_SERVER_COORDINATOR_COORDINATOR_FIXTURE_H_

#include <gtest/gtest.h>

#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/sha256.h"
#include "server/coordinator/coordinator.h"
#include "server/store/memory_store.h"
#include "spec/data_set.h"
#include "tests/support/fake_clock.h"
#include "tests/support/faulty_store.h"
#include "tests/support/store_samples.h"
#include "tests/support/temp_folder.h"

namespace winnow::server {

// An answer that comes from another thread; waits for it at most as long as only a failing test does.
template <typename T>
class Awaited {
 public:
  Done<T> done() {
    return [promise = promise_](Result<T> result) { promise->set_value(std::move(result)); };
  }
  bool has_come() const { return future_.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }
  Result<T> Get() {
    if (future_.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
      return Err(DeadlineExceeded("no answer within 30 s"));
    }
    return future_.get();
  }

 private:
  std::shared_ptr<std::promise<Result<T>>> promise_ = std::make_shared<std::promise<Result<T>>>();
  std::future<Result<T>> future_ = promise_->get_future();
};

class CoordinatorFixture : public ::testing::Test {
 protected:
  static constexpr Duration kTtl = std::chrono::seconds(10);

  CoordinatorFixture();
  ~CoordinatorFixture() override;

  // A coordinator on what the last one left.
  void Restart();
  void StopCoordinator();

  // A sweep of five stages without benchmarks: train, its evaluation, spatial_prune, winograd_prune, its evaluation.
  static std::string Spec(const std::string& name, const std::string& changes = "");
  Result<SweepView> Create(const std::string& spec, const std::string& request_id = NewUuid());
  Result<SweepView> Cancel(const std::string& sweep, const std::string& request_id = NewUuid());
  Sweep GetSweep(const std::string& id);
  std::vector<Stage> Stages(const std::string& sweep);
  // By label; fails the test where there is none.
  Stage StageOf(const std::string& sweep, const std::string& label);
  std::vector<Trial> Trials(const std::string& sweep);
  // "train SUCCEEDED, evaluate dense QUEUED, ..." in the graph's order.
  std::string StatesOf(const std::string& sweep);

  static WorkerRecord Worker(const std::string& id);
  Result<WorkerRecord> Register(const WorkerRecord& worker);
  Result<std::optional<GrantedLease>> Acquire(const std::string& worker, Duration wait = Duration::zero(),
                                              const std::string& request_id = NewUuid());
  // Leases the next stage and checks its label.
  GrantedLease MustAcquire(const std::string& worker, const std::string& label);
  static CompleteCommand Success(const GrantedLease& granted);
  static CompleteCommand Failure(const GrantedLease& granted, bool retryable);
  Result<std::optional<GrantedLease>> Complete(CompleteCommand command);
  // Stores the checkpoint that Success() names.
  void PutCheckpoint(const GrantedLease& granted);
  // All of it: lease, checkpoint, success.
  GrantedLease RunOne(const std::string& worker, const std::string& label);
  // Runs whatever is there; the labels, in order.
  std::vector<std::string> RunAll(const std::string& worker);
  Result<RenewalReport> Renew(const std::string& worker, const std::vector<std::string>& tokens);

  // Lets time pass, with everything that it brings, including commits.
  void Advance(Duration by);
  // Waits until the store has finished what was submitted.
  void Flush();

  static SchedulerRules Rules() {
    SchedulerRules rules;
    rules.first_retry_delay = Duration::zero();  // of tests that are not about it
    return rules;
  }

  SchedulerRules rules_ = Rules();
  std::string user_;                           // of what is created
  std::optional<SweepComparison> comparison_;  // of what was created last
  testing::FakeClock clock_;
  testing::TempFolder folder_;
  std::unique_ptr<Store> memory_;
  std::unique_ptr<testing::FaultyStore> store_;
  std::unique_ptr<ArtifactStore> artifacts_;
  std::unique_ptr<AttemptLogs> logs_;
  std::unique_ptr<Coordinator> coordinator_;
};

}  // namespace winnow::server

#endif  // TESTS_UNIT_SERVER_COORDINATOR_COORDINATOR_FIXTURE_H_
