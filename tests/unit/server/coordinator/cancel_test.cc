// Cancelling sweeps: what stops, what goes on for others, and how workers hear of it.
#include <gmock/gmock.h>

#include "tests/unit/server/coordinator/coordinator_fixture.h"

namespace winnow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr char kOther[] = R"("benchmark": {"enabled": false}, "spatial": {"rates": [0.4]})";

class CancelTest : public CoordinatorFixture {
 protected:
  Awaited<std::vector<std::string>> Await(const std::string& worker, Duration wait = 20s) {
    Awaited<std::vector<std::string>> answer;
    coordinator_->workers().AwaitCancellations(worker, worker + "-instance", wait, answer.done());
    return answer;
  }

  void EndCancelled(const GrantedLease& granted) {
    CompleteCommand command;
    command.request_id = NewUuid();
    command.token = granted.lease.token;
    command.outcome = AttemptCancelled{};
    const auto done = Complete(std::move(command));
    EXPECT_TRUE(done) << done.error().ToString();
  }
};

TEST_F(CancelTest, StopsWhatHasNotBegunAtOnce) {
  ASSERT_TRUE(Create(Spec("a")));
  const auto cancelled = Cancel("a");
  ASSERT_TRUE(cancelled) << cancelled.error().ToString();
  EXPECT_EQ(cancelled->sweep.state, SweepState::kCancelled);
  EXPECT_THAT(cancelled->sweep.reason, HasSubstr("cancelled"));
  EXPECT_EQ(
      StatesOf("a"),
      "train CANCELLED, evaluate dense CANCELLED, spatial_prune f4 s30 CANCELLED, winograd_prune f4 s30 w50 CANCELLED, "
      "evaluate f4 s30 w50 CANCELLED");
  EXPECT_EQ(Trials("a")[0].state, TrialState::kCancelled);
  ASSERT_TRUE(Register(Worker("w")));
  EXPECT_FALSE(Acquire("w")->has_value());
}

TEST_F(CancelTest, ReachesARunningStageThroughTheWaitingCall) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  const GrantedLease train = MustAcquire("w", "train");
  auto waiting = Await("w");
  EXPECT_FALSE(waiting.has_come());
  ASSERT_TRUE(Cancel("a"));
  EXPECT_THAT(*waiting.Get(), ElementsAre(train.lease.token));
  EXPECT_EQ(StageOf("a", "train").state, StageState::kCancelling);
  EXPECT_EQ(GetSweep("a").state, SweepState::kCancelling);
  EXPECT_THAT(Renew("w", {train.lease.token})->cancelled, ElementsAre(train.lease.token)) << "should the call be lost";

  auto next = Await("w");  // the cancel is being carried out: nothing new to say
  EXPECT_FALSE(next.has_come());
  EndCancelled(train);
  EXPECT_EQ(StageOf("a", "train").state, StageState::kCancelled);
  EXPECT_EQ(GetSweep("a").state, SweepState::kCancelled);
  clock_.Advance(21s);
  EXPECT_THAT(*next.Get(), IsEmpty());
}

TEST_F(CancelTest, ACallThatComesLateHearsOfItAtOnce) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  const GrantedLease train = MustAcquire("w", "train");
  ASSERT_TRUE(Cancel("a"));
  EXPECT_THAT(*Await("w").Get(), ElementsAre(train.lease.token));
}

TEST_F(CancelTest, LeavesWhatOthersNeed) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Create(Spec("b", kOther)));
  ASSERT_TRUE(Register(Worker("w")));
  const GrantedLease train = MustAcquire("w", "train");
  auto waiting = Await("w");
  ASSERT_TRUE(Cancel("a"));
  EXPECT_EQ(GetSweep("a").state, SweepState::kCancelled) << "nothing of its own runs";
  EXPECT_FALSE(waiting.has_come());
  EXPECT_EQ(
      StatesOf("a"),
      "train RUNNING, evaluate dense BLOCKED, spatial_prune f4 s30 CANCELLED, winograd_prune f4 s30 w50 CANCELLED, "
      "evaluate f4 s30 w50 CANCELLED");
  PutCheckpoint(train);
  ASSERT_TRUE(Complete(Success(train)));
  EXPECT_THAT(RunAll("w"), ElementsAre("spatial_prune f4 s40", "winograd_prune f4 s40 w50", "evaluate dense",
                                       "evaluate f4 s40 w50"));
  EXPECT_EQ(GetSweep("b").state, SweepState::kSucceeded);
  EXPECT_EQ(GetSweep("a").state, SweepState::kCancelled);
  EXPECT_EQ(Trials("a")[0].state, TrialState::kCancelled);
}

TEST_F(CancelTest, TheLastOneThatNeedsAStageCancelsIt) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Create(Spec("b", kOther)));
  ASSERT_TRUE(Register(Worker("w")));
  const GrantedLease train = MustAcquire("w", "train");
  ASSERT_TRUE(Cancel("a"));
  EXPECT_EQ(StageOf("b", "train").state, StageState::kRunning);
  ASSERT_TRUE(Cancel("b"));
  EXPECT_EQ(StageOf("b", "train").state, StageState::kCancelling);
  EndCancelled(train);
  EXPECT_EQ(GetSweep("b").state, SweepState::kCancelled);
}

TEST_F(CancelTest, AStageWantedAgainWhileItIsCancelledRunsAgain) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  const GrantedLease train = MustAcquire("w", "train");
  ASSERT_TRUE(Cancel("a"));
  const auto again = Create(Spec("b"));
  ASSERT_TRUE(again) << again.error().ToString();
  EXPECT_EQ(StageOf("b", "train").state, StageState::kCancelling);
  EndCancelled(train);
  EXPECT_EQ(StageOf("b", "train").state, StageState::kQueued);
  EXPECT_EQ(GetSweep("a").state, SweepState::kCancelled);
  RunAll("w");
  EXPECT_EQ(GetSweep("b").state, SweepState::kSucceeded);
}

TEST_F(CancelTest, AWorkerThatDiesWhileCancellingEndsIt) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  MustAcquire("w", "train");
  ASSERT_TRUE(Cancel("a"));
  Advance(kTtl + 1s);
  EXPECT_EQ(StageOf("a", "train").state, StageState::kCancelled);
  EXPECT_EQ(GetSweep("a").state, SweepState::kCancelled);
}

TEST_F(CancelTest, AStageThatHadSucceededKeepsItsResult) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  const GrantedLease train = MustAcquire("w", "train");
  PutCheckpoint(train);
  ASSERT_TRUE(Cancel("a"));
  ASSERT_TRUE(Complete(Success(train)));
  EXPECT_EQ(StageOf("a", "train").state, StageState::kSucceeded);
  EXPECT_EQ(GetSweep("a").state, SweepState::kCancelled);
  EXPECT_FALSE(Acquire("w")->has_value()) << "its children were cancelled";
}

TEST_F(CancelTest, LeavesASweepThatHasEndedAsItIs) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  RunAll("w");
  const std::string id = NewUuid();
  EXPECT_EQ(Cancel("a", id)->sweep.state, SweepState::kSucceeded);
  EXPECT_EQ(Cancel("a", id)->sweep.state, SweepState::kSucceeded);
  const auto unknown = Cancel("nope");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code(), StatusCode::kNotFound);
}

TEST_F(CancelTest, OneCallAWorkerWaits) {
  ASSERT_TRUE(Register(Worker("w")));
  auto first = Await("w");
  auto second = Await("w");
  EXPECT_THAT(*first.Get(), IsEmpty());
  EXPECT_FALSE(second.has_come());
  coordinator_->Stop();
  EXPECT_THAT(*second.Get(), IsEmpty());
  EXPECT_EQ(Await("w").Get().error().code(), StatusCode::kUnavailable);
}

}  // namespace
}  // namespace winnow::server
