// Benchmarks: planned once a machine is known, on one machine a sweep, alone on their host.
#include <gmock/gmock.h>

#include "tests/unit/server/coordinator/coordinator_fixture.h"

namespace winnow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr char kBenchmarks[] = R"("benchmark": {"batch_sizes": [1]})";

class BenchmarksTest : public CoordinatorFixture {};

TEST_F(BenchmarksTest, ArePlannedWithTheFirstWorker) {
  const auto created = Create(Spec("a", kBenchmarks));
  ASSERT_TRUE(created);
  EXPECT_EQ(created->sweep.stage_total, 5);
  EXPECT_TRUE(created->sweep.awaits_fingerprint);
  ASSERT_TRUE(Register(Worker("w")));
  const Sweep sweep = GetSweep("a");
  EXPECT_EQ(sweep.stage_total, 7);
  EXPECT_FALSE(sweep.awaits_fingerprint);
  EXPECT_EQ(sweep.fingerprint, Worker("w").fingerprint);
  EXPECT_EQ(StatesOf("a"),
            "train QUEUED, evaluate dense BLOCKED, benchmark dense BLOCKED, spatial_prune f4 s30 BLOCKED, "
            "winograd_prune f4 s30 w50 BLOCKED, evaluate f4 s30 w50 BLOCKED, benchmark f4 s30 w50 BLOCKED");
  EXPECT_EQ(Trials("a")[0].benchmark, StageOf("a", "benchmark f4 s30 w50").key);
  EXPECT_EQ(Trials("a")[0].dense_benchmark, StageOf("a", "benchmark dense").key);

  ASSERT_TRUE(Register(Worker("w2")));
  EXPECT_EQ(GetSweep("a").stage_total, 7) << "once";
  ASSERT_TRUE(Renew("w", {}));
  RunAll("w");
  EXPECT_EQ(GetSweep("a").state, SweepState::kSucceeded);
}

TEST_F(BenchmarksTest, ArePlannedAtOnceWhereAMachineIsKnown) {
  ASSERT_TRUE(Register(Worker("w")));
  const auto created = Create(Spec("a", kBenchmarks));
  ASSERT_TRUE(created);
  EXPECT_EQ(created->sweep.stage_total, 7);
  EXPECT_EQ(created->sweep.fingerprint_json, Worker("w").fingerprint_json);
  EXPECT_EQ(StageOf("a", "benchmark dense").fingerprint, Worker("w").fingerprint);
}

TEST_F(BenchmarksTest, ASweepWhoseOtherStagesHaveEndedWaitsForAMachine) {
  WorkerRecord nameless = Worker("w");
  nameless.fingerprint.clear();
  nameless.fingerprint_json.clear();
  ASSERT_TRUE(Register(nameless));
  ASSERT_TRUE(Create(Spec("a", kBenchmarks)));
  EXPECT_EQ(RunAll("w").size(), 5u);
  EXPECT_EQ(GetSweep("a").state, SweepState::kRunning);
  EXPECT_EQ(Trials("a")[0].state, TrialState::kRunning);
  ASSERT_TRUE(Register(Worker("w2")));
  EXPECT_THAT(RunAll("w2"), ElementsAre("benchmark dense", "benchmark f4 s30 w50"));
  EXPECT_EQ(GetSweep("a").state, SweepState::kSucceeded);
  EXPECT_EQ(Trials("a")[0].state, TrialState::kSucceeded);
}

TEST_F(BenchmarksTest, ASecondSweepReusesThemOnTheSameMachine) {
  ASSERT_TRUE(Create(Spec("a", kBenchmarks)));
  ASSERT_TRUE(Register(Worker("w")));
  RunAll("w");
  Restart();
  const auto again = Create(Spec("a", kBenchmarks));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->sweep.stage_reused, 5);
  EXPECT_EQ(again->sweep.state, SweepState::kRunning) << "no machine is known yet";
  ASSERT_TRUE(Register(Worker("w")));
  const Sweep sweep = GetSweep("a-2");
  EXPECT_EQ(sweep.stage_reused, 7);
  EXPECT_EQ(sweep.state, SweepState::kSucceeded);
}

TEST_F(BenchmarksTest, RunAloneOnTheirHost) {
  WorkerRecord w1 = Worker("w1");
  WorkerRecord w2 = Worker("w2");
  w1.threads = w2.threads = 4;
  w1.host_id = w2.host_id = "shared";
  ASSERT_TRUE(Register(w1));
  ASSERT_TRUE(Register(w2));
  ASSERT_TRUE(Create(Spec("a", kBenchmarks)));
  RunOne("w1", "train");
  RunOne("w1", "spatial_prune f4 s30");
  RunOne("w1", "winograd_prune f4 s30 w50");
  const GrantedLease first = MustAcquire("w1", "evaluate dense");
  const GrantedLease second = MustAcquire("w2", "evaluate f4 s30 w50");
  EXPECT_FALSE(Acquire("w1")->has_value()) << "not beside an evaluation";
  ASSERT_TRUE(Complete(Success(first)));
  EXPECT_FALSE(Acquire("w1")->has_value()) << "not beside another worker's of the same host";
  ASSERT_TRUE(Complete(Success(second)));
  const GrantedLease benchmark = MustAcquire("w1", "benchmark dense");
  ASSERT_TRUE(Create(Spec("b", R"("benchmark": {"enabled": false}, "training": {"seed": 2})")));
  EXPECT_FALSE(Acquire("w2")->has_value()) << "nothing beside a benchmark";
  ASSERT_TRUE(Complete(Success(benchmark)));
  MustAcquire("w2", "benchmark f4 s30 w50");  // the batch goes on
}

TEST_F(BenchmarksTest, SayWhenTheirMachineIsGone) {
  ASSERT_TRUE(Register(Worker("w")));
  ASSERT_TRUE(Create(Spec("a", kBenchmarks)));
  Advance(kTtl + 1s);
  WorkerRecord other = Worker("w2");
  other.fingerprint = Sha256Hex("another machine");
  ASSERT_TRUE(Register(other));
  EXPECT_EQ(RunAll("w2").size(), 5u);
  Advance(1s);
  EXPECT_THAT(coordinator_->View(StageOf("a", "benchmark dense")).stage.reason, HasSubstr("timed on the machine with"));
}

}  // namespace
}  // namespace winnow::server
