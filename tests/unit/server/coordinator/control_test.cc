// What users and administrators say about sweeps and workers that are under way: pause, resume, stop, retry, drain,
// quotas; and what the coordinator does by itself with what fails.
#include <gmock/gmock.h>

#include "tests/unit/server/coordinator/coordinator_fixture.h"

namespace winnow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using namespace std::chrono_literals;

class ControlTest : public CoordinatorFixture {
 protected:
  Result<SweepView> Pause(const std::string& sweep, bool pause = true, const std::string& request_id = NewUuid()) {
    Awaited<SweepView> answer;
    coordinator_->sweeps().Pause(request_id, sweep, pause, answer.done());
    return answer.Get();
  }
  Result<SweepView> Stop(const std::string& sweep) {
    Awaited<SweepView> answer;
    coordinator_->sweeps().Stop(NewUuid(), sweep, answer.done());
    return answer.Get();
  }
  Result<RetryAnswer> Retry(const std::string& sweep, RetryScope scope, const std::string& request_id = NewUuid()) {
    Awaited<RetryAnswer> answer;
    coordinator_->sweeps().Retry(request_id, sweep, scope, answer.done());
    return answer.Get();
  }
  Result<Dispatcher::WorkerView> Drain(const std::string& worker, bool drain) {
    Awaited<Dispatcher::WorkerView> answer;
    coordinator_->workers().Drain(worker, drain, answer.done());
    return answer.Get();
  }
  // Leases the next stage and fails it.
  void FailOne(const std::string& worker, const std::string& label, bool retryable = true) {
    ASSERT_TRUE(Complete(Failure(MustAcquire(worker, label), retryable)));
  }
};

TEST_F(ControlTest, PausedSweepIsLeasedNothingUntilItIsResumed) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  const GrantedLease train = MustAcquire("w", "train");
  const std::string request = NewUuid();
  const auto paused = Pause("a", true, request);
  ASSERT_TRUE(paused) << paused.error().ToString();
  EXPECT_EQ(paused->sweep.hold, SweepHold::kPaused);
  PutCheckpoint(train);
  ASSERT_TRUE(Complete(Success(train))) << "what runs goes on";
  EXPECT_FALSE(Acquire("w")->has_value());
  ASSERT_TRUE(Pause("a", false));
  ASSERT_TRUE(Pause("a", true, request)) << "a repeat is answered and changes nothing";
  EXPECT_EQ(RunAll("w").size(), 4u);
  EXPECT_EQ(GetSweep("a").state, SweepState::kSucceeded);
  EXPECT_EQ(Pause("a").error().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(Pause("x").error().code(), StatusCode::kNotFound);
}

TEST_F(ControlTest, PauseOutlivesARestart) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Pause("a"));
  EXPECT_EQ(GetSweep("a").hold, SweepHold::kPaused);
  Restart();
  ASSERT_TRUE(Register(Worker("w")));
  EXPECT_FALSE(Acquire("w")->has_value());
  ASSERT_TRUE(Pause("a", false));
  EXPECT_EQ(RunAll("w").size(), 5u);
}

TEST_F(ControlTest, StagesThatAnotherSweepNeedsRunThoughOneIsPaused) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Pause("a"));
  ASSERT_TRUE(Register(Worker("w")));
  EXPECT_FALSE(Acquire("w")->has_value());
  ASSERT_TRUE(Create(Spec("b")));
  EXPECT_EQ(RunAll("w").size(), 5u);
}

TEST_F(ControlTest, StopFinishesWhatRunsAndCancelsTheRest) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  const GrantedLease train = MustAcquire("w", "train");
  ASSERT_TRUE(Stop("a"));
  EXPECT_EQ(GetSweep("a").state, SweepState::kRunning);
  EXPECT_THAT(Renew("w", {train.lease.token})->cancelled, IsEmpty()) << "it is not killed";
  PutCheckpoint(train);
  ASSERT_TRUE(Complete(Success(train)));
  EXPECT_FALSE(Acquire("w")->has_value());
  EXPECT_EQ(GetSweep("a").state, SweepState::kCancelled);
  EXPECT_EQ(GetSweep("a").reason, "stopped by a user");
  EXPECT_EQ(StageOf("a", "train").state, StageState::kSucceeded);
}

TEST_F(ControlTest, RetryRunsWhatFailedAndWhatFailedWithIt) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  RunOne("w", "train");
  FailOne("w", "spatial_prune f4 s30", /*retryable=*/false);
  RunAll("w");
  ASSERT_EQ(GetSweep("a").state, SweepState::kFailed);
  const std::string request = NewUuid();
  const auto retried = Retry("a", RetryScope::kFailed, request);
  ASSERT_TRUE(retried) << retried.error().ToString();
  EXPECT_EQ(retried->stages, 3);
  EXPECT_EQ(retried->view.sweep.state, SweepState::kRunning);
  EXPECT_EQ(Retry("a", RetryScope::kFailed, request)->stages, 3) << "a repeat gets the first answer";
  EXPECT_EQ(RunAll("w").size(), 3u);
  EXPECT_EQ(GetSweep("a").state, SweepState::kSucceeded);
  EXPECT_EQ(Trials("a")[0].state, TrialState::kSucceeded);
  EXPECT_EQ(Retry("a", RetryScope::kMissing)->stages, 0);
}

TEST_F(ControlTest, RetryOfWhatIsMissingTakesUpACancelledSweep) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  RunOne("w", "train");
  ASSERT_TRUE(Cancel("a"));
  ASSERT_EQ(GetSweep("a").state, SweepState::kCancelled);
  EXPECT_EQ(Retry("a", RetryScope::kFailed)->stages, 0);
  EXPECT_EQ(GetSweep("a").state, SweepState::kCancelled);
  EXPECT_EQ(Retry("a", RetryScope::kMissing)->stages, 4);
  EXPECT_EQ(RunAll("w").size(), 4u);
  EXPECT_EQ(GetSweep("a").state, SweepState::kSucceeded);
  EXPECT_EQ(Trials("a")[0].state, TrialState::kSucceeded);
}

TEST_F(ControlTest, TellsWhatAChangedSpecShares) {
  ASSERT_TRUE(Create(Spec("a")));
  EXPECT_FALSE(comparison_);
  ASSERT_TRUE(Register(Worker("w")));
  RunAll("w");
  const auto spec = [](const std::string& more) {
    return Spec("a", R"("benchmark": {"enabled": false}, "winograd": {"rates": [0.5, 0.6]})" + more);
  };
  ASSERT_TRUE(Create(spec("")));
  ASSERT_TRUE(comparison_);
  EXPECT_EQ(*comparison_, (SweepComparison{"a", {"f4-s30-w50"}, {}, {"f4-s30-w60"}, {}}));
  ASSERT_TRUE(Create(spec(R"(, "training": {"seed": 9})")));
  EXPECT_EQ(*comparison_, (SweepComparison{"a-2", {}, {}, {}, {"f4-s30-w50", "f4-s30-w60"}}));
  ASSERT_TRUE(Create(spec(R"(, "training": {"seed": 9})")));
  EXPECT_EQ(*comparison_, (SweepComparison{"a-3", {}, {"f4-s30-w50", "f4-s30-w60"}, {}, {}}));
}

TEST_F(ControlTest, DrainedWorkerKeepsWhatItRunsAndIsLeasedNothing) {
  ASSERT_TRUE(Create(Spec("a")));
  WorkerRecord worker = Worker("w");
  worker.threads = 4;
  ASSERT_TRUE(Register(worker));
  const GrantedLease train = MustAcquire("w", "train");
  ASSERT_TRUE(Drain("w", true)->record.draining);
  PutCheckpoint(train);
  ASSERT_TRUE(Complete(Success(train)));
  EXPECT_FALSE(Acquire("w")->has_value());
  ASSERT_TRUE(Register(worker)) << "the same instance stays drained";
  EXPECT_FALSE(Acquire("w")->has_value());
  EXPECT_FALSE(Drain("w", false)->record.draining);
  EXPECT_TRUE(Acquire("w")->has_value());
  EXPECT_EQ(Drain("x", true).error().code(), StatusCode::kNotFound);
}

TEST_F(ControlTest, RunsPinnedStagesOnlyWhereTheLabelsAre) {
  ASSERT_TRUE(Create(Spec("a", R"("benchmark": {"enabled": false}, "resources": {"labels": {"room": "b2"}})")));
  ASSERT_TRUE(Register(Worker("plain")));
  EXPECT_FALSE(Acquire("plain")->has_value());
  EXPECT_THAT(coordinator_->View(StageOf("a", "train")).stage.reason, HasSubstr("pinned to workers with room=b2"));
  WorkerRecord labelled = Worker("labelled");
  labelled.labels = {{"room", "b2"}, {"floor", "1"}};
  ASSERT_TRUE(Register(labelled));
  EXPECT_EQ(MustAcquire("labelled", "train").stage.labels.at("room"), "b2");
}

TEST_F(ControlTest, WaitsLongerAfterEachFailureBeforeItRetries) {
  rules_.first_retry_delay = 4s;
  Restart();
  ASSERT_TRUE(Create(Spec("a", R"("benchmark": {"enabled": false}, "retries": {"max_attempts": 5})")));
  ASSERT_TRUE(Register(Worker("w")));
  FailOne("w", "train");
  EXPECT_FALSE(Acquire("w")->has_value());
  Advance(4s);
  FailOne("w", "train");
  Advance(4s);
  ASSERT_TRUE(Register(Worker("w")));
  EXPECT_FALSE(Acquire("w")->has_value()) << "twice as long";
  Advance(4s);
  ASSERT_TRUE(Register(Worker("w")));
  EXPECT_EQ(MustAcquire("w", "train").lease.attempt, 3);
}

TEST_F(ControlTest, QuarantinesAStageThatFailsOnSeveralWorkers) {
  ASSERT_TRUE(Create(Spec("a")));  // two attempts
  ASSERT_TRUE(Register(Worker("w1")));
  ASSERT_TRUE(Register(Worker("w2")));
  FailOne("w1", "train");
  FailOne("w2", "train");
  EXPECT_EQ(StageOf("a", "train").state, StageState::kFailed);
  EXPECT_THAT(StageOf("a", "train").reason, StartsWith("quarantined: it failed on 2 workers"));
  EXPECT_EQ(Retry("a", RetryScope::kFailed)->stages, 0) << "poison is not taken again by the way";
  EXPECT_EQ(Retry("a", RetryScope::kMissing)->stages, 5);
}

TEST_F(ControlTest, DoesNotRetryNorQuarantineAUserError) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  FailOne("w", "train", /*retryable=*/false);
  EXPECT_EQ(StageOf("a", "train").state, StageState::kFailed);
  EXPECT_EQ(StageOf("a", "train").failed_attempts, 1);
  EXPECT_EQ(StageOf("a", "train").reason, "INTERNAL: it broke");
}

TEST_F(ControlTest, LeasesNothingForAWhileToAWorkerOnWhichOneStageAfterTheOtherFails) {
  rules_.faults_to_exclude = 2;
  rules_.exclusion = 5s;
  Restart();
  const std::string more = R"("benchmark": {"enabled": false}, "retries": {"max_attempts": 5}, "training": )";
  ASSERT_TRUE(Create(Spec("a", more + R"({"seed": 1})")));
  ASSERT_TRUE(Create(Spec("b", more + R"({"seed": 2})")));
  ASSERT_TRUE(Register(Worker("bad")));
  ASSERT_TRUE(Register(Worker("good")));
  const GrantedLease first = MustAcquire("bad", "train");
  const GrantedLease second = MustAcquire("good", "train");
  ASSERT_TRUE(Complete(Failure(first, true)));
  ASSERT_TRUE(Complete(Failure(second, true)));
  // The other sweep's stage, by the order of the queue.
  ASSERT_TRUE(Complete(Failure(MustAcquire("good", "train"), true)));
  EXPECT_FALSE(Acquire("good")->has_value()) << "two different stages have failed there";
  EXPECT_TRUE(Acquire("bad")->has_value()) << "here one has";
  Advance(5s);
  ASSERT_TRUE(Register(Worker("good")));
  EXPECT_TRUE(Acquire("good")->has_value());
}

TEST_F(ControlTest, KeepsAUserToTheQuota) {
  rules_.user_quota = 1;
  Restart();
  user_ = "ann";
  ASSERT_TRUE(Create(Spec("a", R"("benchmark": {"enabled": false}, "training": {"seed": 1})")));
  ASSERT_TRUE(Create(Spec("b", R"("benchmark": {"enabled": false}, "training": {"seed": 2})")));
  user_ = "bob";
  ASSERT_TRUE(Create(Spec("c", R"("benchmark": {"enabled": false}, "training": {"seed": 3})")));
  ASSERT_TRUE(Register(Worker("w1")));
  ASSERT_TRUE(Register(Worker("w2")));
  ASSERT_TRUE(Register(Worker("w3")));
  const auto first = Acquire("w1");
  ASSERT_TRUE(first->has_value());
  const auto second = Acquire("w2");
  ASSERT_TRUE(second->has_value());
  EXPECT_EQ((*second)->stage.key, StageOf("c", "train").key) << "ann holds one already";
  EXPECT_FALSE(Acquire("w3")->has_value());
  PutCheckpoint(**first);
  ASSERT_TRUE(Complete(Success(**first)));
  EXPECT_TRUE(Acquire("w3")->has_value());
}

TEST_F(ControlTest, KeepsRefusedReports) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  const GrantedLease train = MustAcquire("w", "train");
  Advance(kTtl + 1s);
  CompleteCommand late = Success(train);
  const std::string request_id = late.request_id;
  EXPECT_EQ(Complete(std::move(late)).error().reason(), kLeaseLost);
  std::vector<RefusedReport> kept;
  const Status read = memory_->Read([&](const StoreReader& reader) {
    return reader.ForEachRefusedReport([&](RefusedReport report) {
      kept.push_back(std::move(report));
      return OkStatus();
    });
  });
  ASSERT_TRUE(read.ok()) << read.ToString();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].token, train.lease.token);
  EXPECT_EQ(kept[0].request_id, request_id);
  EXPECT_EQ(kept[0].outcome, "success");
  EXPECT_EQ(StageOf("a", "train").state, StageState::kQueued);
}

}  // namespace
}  // namespace winnow::server
