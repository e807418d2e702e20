// A coordinator that starts on what another left: everything goes on, nothing is done twice.
#include <gmock/gmock.h>

#include "tests/unit/server/coordinator/coordinator_fixture.h"

namespace winnow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class RestartTest : public CoordinatorFixture {};

TEST_F(RestartTest, QueuedStagesRun) {
  ASSERT_TRUE(Create(Spec("a")));
  Restart();
  ASSERT_TRUE(Register(Worker("w")));
  EXPECT_EQ(RunAll("w").size(), 5u);
  EXPECT_EQ(GetSweep("a").state, SweepState::kSucceeded);
}

TEST_F(RestartTest, RunningLeasesSurvive) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  const GrantedLease train = MustAcquire("w", "train");
  Restart();
  EXPECT_EQ(Renew("w", {train.lease.token}).error().code(), StatusCode::kNotFound) << "register again";
  ASSERT_TRUE(Register(Worker("w")));
  EXPECT_THAT(Renew("w", {train.lease.token})->lost, IsEmpty());
  EXPECT_FALSE(Acquire("w")->has_value()) << "its one thread is taken";
  PutCheckpoint(train);
  ASSERT_TRUE(Complete(Success(train)));
  EXPECT_EQ(StageOf("a", "train").attempt, 1);
  RunAll("w");
  EXPECT_EQ(GetSweep("a").state, SweepState::kSucceeded);
}

TEST_F(RestartTest, LeasesOfWorkersThatDoNotComeBackExpire) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  MustAcquire("w", "train");
  Restart();
  Advance(kTtl - 1s);
  EXPECT_EQ(StageOf("a", "train").state, StageState::kRunning) << "now + ttl";
  Advance(2s);
  EXPECT_EQ(StageOf("a", "train").state, StageState::kQueued);
  ASSERT_TRUE(Register(Worker("w2")));
  EXPECT_EQ(MustAcquire("w2", "train").lease.attempt, 2);
}

TEST_F(RestartTest, RepeatsOfRequestsAreKnown) {
  const std::string create = NewUuid();
  const std::string acquire = NewUuid();
  ASSERT_TRUE(Create(Spec("a"), create));
  ASSERT_TRUE(Register(Worker("w")));
  const auto train = Acquire("w", 0s, acquire);
  ASSERT_TRUE(train && train->has_value());
  Restart();
  EXPECT_EQ(Create(Spec("a"), create)->sweep.id, "a");
  ASSERT_TRUE(Register(Worker("w")));
  const auto again = Acquire("w", 0s, acquire);
  ASSERT_TRUE(again) << again.error().ToString();
  ASSERT_TRUE(again->has_value());
  EXPECT_EQ((*again)->lease, (*train)->lease);

  PutCheckpoint(**train);
  const CompleteCommand success = Success(**train);
  ASSERT_TRUE(Complete(success));
  Restart();
  EXPECT_TRUE(Complete(success)) << "the answer was lost with the coordinator";
}

TEST_F(RestartTest, CancelsGoOn) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  const GrantedLease train = MustAcquire("w", "train");
  ASSERT_TRUE(Cancel("a"));
  Restart();
  ASSERT_TRUE(Register(Worker("w")));
  Awaited<std::vector<std::string>> waiting;
  coordinator_->workers().AwaitCancellations("w", "w-instance", 20s, waiting.done());
  EXPECT_THAT(*waiting.Get(), ElementsAre(train.lease.token));
  CompleteCommand command;
  command.request_id = NewUuid();
  command.token = train.lease.token;
  command.outcome = AttemptCancelled{};
  ASSERT_TRUE(Complete(command));
  EXPECT_EQ(GetSweep("a").state, SweepState::kCancelled);
}

TEST_F(RestartTest, EveryStageEndsOnceWhereverTheRestartFalls) {
  ASSERT_TRUE(Create(Spec("a")));
  std::vector<std::string> labels;
  for (int i = 0; i < 5; ++i) {
    Restart();
    ASSERT_TRUE(Register(Worker("w")));
    const auto granted = Acquire("w");
    ASSERT_TRUE(granted && granted->has_value()) << StatesOf("a");
    labels.push_back((*granted)->stage.label);
    Restart();
    PutCheckpoint(**granted);
    ASSERT_TRUE(Register(Worker("w")));
    ASSERT_TRUE(Complete(Success(**granted)));
  }
  EXPECT_THAT(labels, ::testing::UnorderedElementsAre("train", "evaluate dense", "spatial_prune f4 s30",
                                                      "winograd_prune f4 s30 w50", "evaluate f4 s30 w50"));
  EXPECT_EQ(GetSweep("a").state, SweepState::kSucceeded);
}

TEST_F(RestartTest, WorkersAreRememberedAsGone) {
  ASSERT_TRUE(Register(Worker("w")));
  Restart();
  const auto workers = coordinator_->workers().List({10, ""});
  ASSERT_TRUE(workers);
  ASSERT_EQ(workers->items.size(), 1u);
  EXPECT_EQ(workers->items[0].record.id, "w");
  EXPECT_FALSE(workers->items[0].alive);
}

}  // namespace
}  // namespace winnow::server
