// Sweeps from submission to their end: scripts of events, and what must stand in the store after each.
#include <gmock/gmock.h>

#include "tests/unit/server/coordinator/coordinator_fixture.h"

namespace winnow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class SweepLife : public CoordinatorFixture {};

TEST_F(SweepLife, RunsFromSubmissionToItsEnd) {
  const auto created = Create(Spec("a"));
  ASSERT_TRUE(created) << created.error().ToString();
  EXPECT_EQ(created->sweep.id, "a");
  EXPECT_EQ(created->sweep.state, SweepState::kRunning);
  EXPECT_EQ(created->sweep.stage_total, 5);
  EXPECT_EQ(created->sweep.stage_reused, 0);
  EXPECT_EQ(created->sweep.trial_count, 1);
  EXPECT_EQ(StatesOf("a"),
            "train QUEUED, evaluate dense BLOCKED, spatial_prune f4 s30 BLOCKED, winograd_prune f4 s30 w50 BLOCKED, "
            "evaluate f4 s30 w50 BLOCKED");

  ASSERT_TRUE(Register(Worker("w")));
  RunOne("w", "train");
  EXPECT_EQ(StatesOf("a"),
            "train SUCCEEDED, evaluate dense QUEUED, spatial_prune f4 s30 QUEUED, winograd_prune f4 s30 w50 BLOCKED, "
            "evaluate f4 s30 w50 BLOCKED");
  EXPECT_EQ(Trials("a")[0].state, TrialState::kPending);
  RunOne("w", "spatial_prune f4 s30");
  const GrantedLease winograd = MustAcquire("w", "winograd_prune f4 s30 w50");
  EXPECT_EQ(Trials("a")[0].state, TrialState::kRunning);
  ASSERT_EQ(winograd.parents.size(), 1u);
  EXPECT_EQ(winograd.parents[0].checkpoint, Sha256Hex("checkpoint of " + StageOf("a", "spatial_prune f4 s30").key));
  PutCheckpoint(winograd);
  ASSERT_TRUE(Complete(Success(winograd)));
  EXPECT_THAT(RunAll("w"), ElementsAre("evaluate dense", "evaluate f4 s30 w50"));
  EXPECT_EQ(GetSweep("a").state, SweepState::kSucceeded);
  EXPECT_TRUE(GetSweep("a").end_time.has_value());
  EXPECT_EQ(Trials("a")[0].state, TrialState::kSucceeded);
}

TEST_F(SweepLife, ReusesStagesThatHaveSucceeded) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  RunAll("w");
  const auto again = Create(Spec("a"));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->sweep.id, "a-2");
  EXPECT_EQ(again->sweep.stage_reused, 5);
  EXPECT_EQ(again->sweep.state, SweepState::kSucceeded);
  EXPECT_EQ(Trials("a-2")[0].state, TrialState::kSucceeded);
  EXPECT_THAT(RunAll("w"), IsEmpty());
}

TEST_F(SweepLife, NumbersRepeatedNames) {
  for (const char* expected : {"a", "a-2", "a-3", "a-4", "a-5", "a-6"}) {
    const auto created = Create(Spec("a"));
    ASSERT_TRUE(created);
    EXPECT_EQ(created->sweep.id, expected);
  }
  const std::string longest(63, 'x');
  ASSERT_TRUE(Create(Spec(longest)));
  EXPECT_EQ(Create(Spec(longest))->sweep.id, std::string(61, 'x') + "-2");
}

TEST_F(SweepLife, SharesStagesThatAreUnderWay) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  ASSERT_TRUE(Register(Worker("w2")));
  const GrantedLease train = MustAcquire("w", "train");
  const auto second = Create(Spec("b", R"("benchmark": {"enabled": false}, "description": "the same")"));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->sweep.stage_reused, 5);
  EXPECT_FALSE(Acquire("w2")->has_value()) << "a stage that runs is not run twice";
  PutCheckpoint(train);
  ASSERT_TRUE(Complete(Success(train)));
  RunAll("w");
  EXPECT_EQ(GetSweep("a").state, SweepState::kSucceeded);
  EXPECT_EQ(GetSweep("b").state, SweepState::kSucceeded);
}

TEST_F(SweepLife, FailsWhatHangsOnAFailedStage) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  RunOne("w", "train");
  ASSERT_TRUE(Complete(Failure(MustAcquire("w", "spatial_prune f4 s30"), /*retryable=*/false)));
  EXPECT_EQ(StatesOf("a"),
            "train SUCCEEDED, evaluate dense QUEUED, spatial_prune f4 s30 FAILED, winograd_prune f4 s30 w50 FAILED, "
            "evaluate f4 s30 w50 FAILED");
  EXPECT_THAT(StageOf("a", "evaluate f4 s30 w50").reason, HasSubstr("spatial_prune f4 s30 failed: "));
  EXPECT_THAT(StageOf("a", "evaluate f4 s30 w50").reason, HasSubstr("it broke"));
  EXPECT_EQ(Trials("a")[0].state, TrialState::kFailed);
  EXPECT_THAT(Trials("a")[0].reason, HasSubstr("spatial_prune f4 s30 failed: "));
  EXPECT_EQ(GetSweep("a").state, SweepState::kRunning) << "the dense net's evaluation is still to come";
  RunOne("w", "evaluate dense");
  EXPECT_EQ(GetSweep("a").state, SweepState::kFailed);
  EXPECT_THAT(GetSweep("a").reason, HasSubstr("1 of 1 trial lacks a result: spatial_prune f4 s30 failed: "));
}

TEST_F(SweepLife, TriesAgainWhatMayBeTriedAgain) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  const GrantedLease first = MustAcquire("w", "train");
  EXPECT_EQ(first.lease.attempt, 1);
  ASSERT_TRUE(Complete(Failure(first, /*retryable=*/true)));
  const GrantedLease second = MustAcquire("w", "train");
  EXPECT_EQ(second.lease.attempt, 2);
  EXPECT_NE(second.lease.token, first.lease.token);
  ASSERT_TRUE(Complete(Failure(second, /*retryable=*/true)));
  EXPECT_EQ(StageOf("a", "train").state, StageState::kFailed) << "max_attempts is 2";
  EXPECT_EQ(GetSweep("a").state, SweepState::kFailed);
}

TEST_F(SweepLife, ANewSweepGivesFailedStagesAnotherTry) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  RunOne("w", "train");
  ASSERT_TRUE(Complete(Failure(MustAcquire("w", "spatial_prune f4 s30"), /*retryable=*/false)));
  const auto again = Create(Spec("a"));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->sweep.stage_reused, 2) << "train, and the evaluation that is queued";
  EXPECT_EQ(StatesOf("a-2"),
            "train SUCCEEDED, evaluate dense QUEUED, spatial_prune f4 s30 QUEUED, winograd_prune f4 s30 w50 BLOCKED, "
            "evaluate f4 s30 w50 BLOCKED");
  RunAll("w");
  EXPECT_EQ(GetSweep("a-2").state, SweepState::kSucceeded);
  EXPECT_EQ(Trials("a-2")[0].state, TrialState::kSucceeded);
  EXPECT_EQ(Trials("a")[0].state, TrialState::kSucceeded) << "the first sweep was still under way, so it gains too";
  EXPECT_EQ(GetSweep("a").state, SweepState::kSucceeded);
}

TEST_F(SweepLife, AFailedDenseEvaluationFailsTheSweep) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  RunOne("w", "train");
  RunOne("w", "spatial_prune f4 s30");
  RunOne("w", "winograd_prune f4 s30 w50");
  ASSERT_TRUE(Complete(Failure(MustAcquire("w", "evaluate dense"), /*retryable=*/false)));
  RunAll("w");
  EXPECT_EQ(Trials("a")[0].state, TrialState::kSucceeded);
  EXPECT_EQ(GetSweep("a").state, SweepState::kFailed);
  EXPECT_THAT(GetSweep("a").reason, HasSubstr("the dense net lacks a result: evaluate dense failed: "));
}

TEST_F(SweepLife, RepeatedRequestsGetTheFirstAnswer) {
  const std::string id = NewUuid();
  ASSERT_TRUE(Create(Spec("a"), id));
  const auto replay = Create(Spec("a"), id);
  ASSERT_TRUE(replay);
  EXPECT_EQ(replay->sweep.id, "a");
  EXPECT_EQ(Create(Spec("a"))->sweep.id, "a-2");
  const auto misused = Cancel("a", id);
  ASSERT_FALSE(misused);
  EXPECT_EQ(misused.error().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(misused.error().message(), HasSubstr("CreateSweep"));
  EXPECT_EQ(GetSweep("a").state, SweepState::kRunning);
}

TEST_F(SweepLife, ReportsEveryFaultOfASpec) {
  const auto refused = Create(R"({"name": "A", "model": {"name": "vgg-nagadomy"}, "data": {"name": "fashion-mnist"}})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(refused.error().message(), HasSubstr("/name"));
  EXPECT_THAT(refused.error().message(), HasSubstr("/model/name"));
  EXPECT_EQ(Create(std::string((1 << 20) + 1, ' ')).error().code(), StatusCode::kInvalidArgument);
}

TEST_F(SweepLife, NeedsThePretrainedArtifact) {
  const std::string digest = Sha256Hex("weights");
  const std::string spec = R"({"name": "p", "model": {"name": "lenet-5-3x3", "pretrained": {"sha256": ")" + digest +
                           R"("}}, "data": {"name": "fashion-mnist"}, "training": {"epochs": 0},
                              "benchmark": {"enabled": false}})";
  const auto refused = Create(spec);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(refused.error().reason(), kArtifactMissing);
  EXPECT_THAT(refused.error().message(), HasSubstr(digest));
  ASSERT_TRUE(SubmitAndWait(*memory_, [&](StoreWriter& writer) {
                return writer.PutArtifact({digest, 1, clock_.WallNow()});
              }).ok());
  const auto created = Create(spec);
  ASSERT_TRUE(created) << created.error().ToString();
  ASSERT_TRUE(Register(Worker("w")));
  EXPECT_EQ(MustAcquire("w", "train").stage.pretrained, digest);
}

TEST_F(SweepLife, ValidatesWithoutStoring) {
  Awaited<CreatedSweep> answer;
  coordinator_->sweeps().Create({NewUuid(), Spec("a"), /*validate_only=*/true, ""}, answer.done());
  const auto validated = answer.Get();
  ASSERT_TRUE(validated) << validated.error().ToString();
  EXPECT_EQ(validated->view.sweep.id, "a");
  EXPECT_EQ(validated->view.sweep.stage_total, 5);
  EXPECT_FALSE(*testing::Ask(*memory_, [](const StoreReader& reader) { return reader.FindSweep("a"); }));
  ASSERT_TRUE(Register(Worker("w")));
  EXPECT_FALSE(Acquire("w")->has_value());
}

TEST_F(SweepLife, RunsHigherPriorityFirst) {
  ASSERT_TRUE(Create(Spec("low")));
  ASSERT_TRUE(Create(Spec("high", R"("benchmark": {"enabled": false}, "priority": 5, "training": {"seed": 2})")));
  ASSERT_TRUE(Register(Worker("w")));
  EXPECT_EQ(MustAcquire("w", "train").stage.key, StageOf("high", "train").key);
  // A shared stage is as urgent as the most urgent sweep that needs it.
  ASSERT_TRUE(Create(Spec("other", R"("benchmark": {"enabled": false}, "priority": 1, "training": {"seed": 3})")));
  ASSERT_TRUE(Create(Spec("highest", R"("benchmark": {"enabled": false}, "priority": 9)")));
  ASSERT_TRUE(Register(Worker("w2")));
  EXPECT_EQ(MustAcquire("w2", "train").stage.key, StageOf("low", "train").key);
}

TEST_F(SweepLife, StoreFailuresReachTheCallerAndLoseNothing) {
  store_->FailNext(ResourceExhausted("disk full"));
  const std::string id = NewUuid();
  const auto refused = Create(Spec("a"), id);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), StatusCode::kResourceExhausted);
  ASSERT_TRUE(Create(Spec("a"), id)) << "the same request, once there is room";
  ASSERT_TRUE(Register(Worker("w")));
  const GrantedLease train = MustAcquire("w", "train");
  PutCheckpoint(train);
  const CompleteCommand success = Success(train);
  store_->FailNext(Unavailable("read-only"));
  const auto unavailable = Complete(success);
  ASSERT_FALSE(unavailable);
  EXPECT_EQ(unavailable.error().code(), StatusCode::kUnavailable);
  EXPECT_EQ(StageOf("a", "train").state, StageState::kRunning);
  const auto completed = Complete(success);
  ASSERT_TRUE(completed) << completed.error().ToString();
  EXPECT_EQ(StageOf("a", "train").state, StageState::kSucceeded);
}

}  // namespace
}  // namespace winnow::server
