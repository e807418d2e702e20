// What workers ask for and report: waiting, replays, lost leases, silence, and why a stage waits.
#include <gmock/gmock.h>

#include <algorithm>

#include "tests/unit/server/coordinator/coordinator_fixture.h"

namespace winnow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class WorkerCalls : public CoordinatorFixture {
 protected:
  Awaited<std::optional<GrantedLease>> AcquireLater(const std::string& worker, Duration wait) {
    Awaited<std::optional<GrantedLease>> answer;
    gone_ = coordinator_->workers().Acquire({NewUuid(), worker, worker + "-instance", 64, int64_t{1} << 40, wait},
                                            answer.done());
    Flush();  // it has been looked whether it is a repeat
    return answer;
  }

  Result<bool> Report(ReportCommand command) {
    Awaited<bool> answer;
    coordinator_->workers().Report(std::move(command), answer.done());
    return answer.Get();
  }

  StageView ViewOf(const std::string& sweep, const std::string& label) {
    return coordinator_->View(StageOf(sweep, label));
  }

  WorkerDesk::GoneClient gone_;
};

TEST_F(WorkerCalls, AWaitingCallIsWokenBySubmission) {
  ASSERT_TRUE(Register(Worker("w")));
  auto waiting = AcquireLater("w", 60s);
  EXPECT_FALSE(waiting.has_come());
  ASSERT_TRUE(Create(Spec("a")));
  const auto granted = waiting.Get();
  ASSERT_TRUE(granted && granted->has_value());
  EXPECT_EQ((*granted)->stage.label, "train");
  EXPECT_EQ((*granted)->stage.state, StageState::kRunning);
}

TEST_F(WorkerCalls, AWaitingCallIsWokenByAParentsEnd) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  ASSERT_TRUE(Register(Worker("w2")));
  const GrantedLease train = MustAcquire("w", "train");
  auto waiting = AcquireLater("w2", 9s);
  PutCheckpoint(train);
  ASSERT_TRUE(Complete(Success(train)));
  const auto granted = waiting.Get();
  ASSERT_TRUE(granted && granted->has_value());
  EXPECT_EQ((*granted)->stage.label, "spatial_prune f4 s30");
}

TEST_F(WorkerCalls, AWaitingCallEndsInTime) {
  ASSERT_TRUE(Register(Worker("w")));
  auto waiting = AcquireLater("w", 5s);
  clock_.Advance(4s);
  EXPECT_FALSE(waiting.has_come());
  clock_.Advance(2s);
  const auto nothing = waiting.Get();
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(nothing->has_value());
}

TEST_F(WorkerCalls, AClientThatHasGoneGetsNothing) {
  ASSERT_TRUE(Register(Worker("w")));
  auto waiting = AcquireLater("w", 60s);
  gone_();
  const auto answer = waiting.Get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), StatusCode::kCancelled);
  ASSERT_TRUE(Create(Spec("a")));
  Flush();
  EXPECT_EQ(StageOf("a", "train").state, StageState::kQueued);
  MustAcquire("w", "train");
}

TEST_F(WorkerCalls, ARepeatedAcquireGetsTheSameLease) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Create(Spec("b", R"("benchmark": {"enabled": false}, "training": {"seed": 2})")));
  WorkerRecord wide = Worker("w");
  wide.threads = 4;
  ASSERT_TRUE(Register(wide));
  const std::string id = NewUuid();
  const auto first = Acquire("w", 0s, id);
  const auto again = Acquire("w", 0s, id);
  ASSERT_TRUE(first && first->has_value());
  ASSERT_TRUE(again && again->has_value());
  EXPECT_EQ((*again)->lease, (*first)->lease);
  const auto other = Acquire("w");
  ASSERT_TRUE(other && other->has_value());
  EXPECT_NE((*other)->lease.stage, (*first)->lease.stage);
}

TEST_F(WorkerCalls, ARepeatedCompletionGetsTheSameAnswer) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  const GrantedLease train = MustAcquire("w", "train");
  PutCheckpoint(train);
  CompleteCommand success = Success(train);
  success.acquire_next = true;
  success.free_threads = 1;
  success.free_memory_bytes = int64_t{1} << 40;
  const auto first = Complete(success);
  ASSERT_TRUE(first) << first.error().ToString();
  ASSERT_TRUE(first->has_value());
  EXPECT_EQ((*first)->stage.label, "spatial_prune f4 s30");
  const auto again = Complete(success);
  ASSERT_TRUE(again) << again.error().ToString();
  ASSERT_TRUE(again->has_value());
  EXPECT_EQ((*again)->lease, (*first)->lease);
  const auto other = Complete(Success(train));
  ASSERT_FALSE(other) << "another request under a lease that has ended";
  EXPECT_EQ(other.error().reason(), kLeaseLost);
}

// Issue 6: a worker that took its next lease with each completion was given up for silent while it worked.
TEST_F(WorkerCalls, AWorkerThatOnlyCompletesAndTakesTheNextLeaseIsHeardOf) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  GrantedLease lease = MustAcquire("w", "train");
  for (const char* next : {"spatial_prune f4 s30", "winograd_prune f4 s30 w50", "evaluate f4 s30 w50"}) {
    Advance(kTtl - 1s);
    PutCheckpoint(lease);
    CompleteCommand success = Success(lease);
    success.acquire_next = true;
    success.free_threads = 1;
    success.free_memory_bytes = int64_t{1} << 40;
    const auto answer = Complete(success);
    ASSERT_TRUE(answer) << answer.error().ToString();
    ASSERT_TRUE(answer->has_value());
    lease = **answer;
    EXPECT_EQ(lease.lease.attempt, 1) << next;
  }
  EXPECT_TRUE(Renew("w", {lease.lease.token})) << "it is registered still";
}

TEST_F(WorkerCalls, AWorkerThatReportsIsHeardOf) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  const GrantedLease train = MustAcquire("w", "train");
  Advance(kTtl - 1s);
  ASSERT_TRUE(Report({train.lease.token, {}, {}, {}}));
  Advance(2s);
  EXPECT_TRUE(Renew("w", {})) << "it is registered still";
}

// Rates from `above` on, each from the dense net.
std::string Rates(int count, double above) {
  std::string rates;
  for (int i = 1; i <= count; ++i) {
    rates += std::string(i > 1 ? "," : "") + R"({"from":"dense","rate":)" + std::to_string(above + i / 1000.0) + "}";
  }
  return R"({"rates": [)" + rates + "]}";
}

TEST_F(WorkerCalls, ManyWhoWaitGetStagesAtOnce) {
  constexpr int kWorkers = 300;  // more than are looked at with one decision
  constexpr int kSpatial = 5;
  constexpr int kWinograd = 64;
  ASSERT_TRUE(Create(Spec("a", R"("benchmark": {"enabled": false}, "spatial": )" + Rates(kSpatial, 0) +
                                   R"(, "winograd": )" + Rates(kWinograd, 0.5))));
  ASSERT_TRUE(Register(Worker("w")));
  for (int i = 0; i < 1 + kSpatial; ++i) {  // each of the latter lets kWinograd others run
    const auto granted = Acquire("w");
    ASSERT_TRUE(granted && granted->has_value());
    PutCheckpoint(**granted);
    ASSERT_TRUE(Complete(Success(**granted)));
  }
  const auto pause = [&](bool paused) {
    Awaited<SweepView> answer;
    coordinator_->sweeps().Pause(NewUuid(), "a", paused, answer.done());
    return answer.Get().has_value();
  };
  ASSERT_TRUE(pause(true));
  std::vector<Awaited<std::optional<GrantedLease>>> waiting;
  for (int i = 0; i < kWorkers; ++i) {
    ASSERT_TRUE(Register(Worker("w" + std::to_string(i))));
    waiting.push_back(AcquireLater("w" + std::to_string(i), 9s));
  }
  ASSERT_TRUE(pause(false));
  Flush();
  const auto has_come = [](const auto& call) { return call.has_come(); };
  EXPECT_EQ(std::count_if(waiting.begin(), waiting.end(), has_come), kWorkers) << "without time passing";
}

TEST_F(WorkerCalls, GrantsWhatFitsTheWorkersRoom) {
  ASSERT_TRUE(Create(Spec("a", R"("benchmark": {"enabled": false}, "resources": {"threads": 3})")));
  WorkerRecord wide = Worker("w");
  wide.threads = 4;
  ASSERT_TRUE(Register(wide));
  RunOne("w", "train");
  MustAcquire("w", "spatial_prune f4 s30");
  EXPECT_FALSE(Acquire("w")->has_value()) << "one thread is left, whatever the call says";
}

TEST_F(WorkerCalls, ASilentWorkerLosesItsLeases) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  const GrantedLease train = MustAcquire("w", "train");
  Advance(kTtl - 1s);
  EXPECT_THAT(Renew("w", {train.lease.token})->lost, IsEmpty());
  Advance(kTtl - 1s);
  EXPECT_EQ(StageOf("a", "train").state, StageState::kRunning) << "it was renewed";
  Advance(2s);
  EXPECT_EQ(StageOf("a", "train").state, StageState::kQueued);
  EXPECT_EQ(Renew("w", {}).error().code(), StatusCode::kNotFound) << "it has to register again";

  ASSERT_TRUE(Register(Worker("w2")));
  const GrantedLease second = MustAcquire("w2", "train");
  EXPECT_EQ(second.lease.attempt, 2);
  PutCheckpoint(train);
  const auto late = Complete(Success(train));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(late.error().reason(), kLeaseLost);
  EXPECT_EQ(Report({train.lease.token, {}, {}, {}}).error().reason(), kLeaseLost);
  ASSERT_TRUE(Register(Worker("w")));
  EXPECT_THAT(Renew("w", {train.lease.token})->lost, ElementsAre(train.lease.token));
  EXPECT_THAT(Renew("w", {second.lease.token})->lost, ElementsAre(second.lease.token)) << "that is another's";
  ASSERT_TRUE(Complete(Success(second)));
}

TEST_F(WorkerCalls, AWorkerThatEndsGivesItsLeasesBack) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  MustAcquire("w", "train");
  Awaited<bool> ended;
  coordinator_->workers().Unregister("w", "w-instance", ended.done());
  ASSERT_TRUE(ended.Get());
  const Stage train = StageOf("a", "train");
  EXPECT_EQ(train.state, StageState::kQueued);
  EXPECT_EQ(train.failed_attempts, 0) << "given back";
  EXPECT_EQ(Acquire("w").error().code(), StatusCode::kNotFound);
}

TEST_F(WorkerCalls, ANewInstanceTakesTheNameOnceTheOldOneIsSilent) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  MustAcquire("w", "train");
  WorkerRecord other = Worker("w");
  other.instance = "another";
  EXPECT_EQ(Register(other).error().reason(), "NAME_TAKEN");
  Advance(kTtl + 1s);
  EXPECT_TRUE(Register(other));
  EXPECT_EQ(StageOf("a", "train").state, StageState::kQueued);
}

TEST_F(WorkerCalls, ListsAliveWorkersFirst) {
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(Register(Worker(id)));
  Advance(kTtl - 1s);
  ASSERT_TRUE(Renew("c", {}));
  Advance(2s);
  std::vector<std::string> seen;
  PageRequest page{.size = 2, .token = ""};
  do {
    const auto workers = coordinator_->workers().List(page);
    ASSERT_TRUE(workers) << workers.error().ToString();
    for (const auto& view : workers->items) seen.push_back(view.record.id + (view.alive ? " alive" : " gone"));
    page.token = workers->next_token;
  } while (!page.token.empty());
  EXPECT_THAT(seen, ElementsAre("c alive", "a gone", "b gone"));
  EXPECT_EQ(coordinator_->workers().List({2, "nonsense"}).error().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(coordinator_->workers().List({-1, ""}).error().code(), StatusCode::kInvalidArgument);
}

TEST_F(WorkerCalls, SaysWhyAStageWaits) {
  ASSERT_TRUE(Create(Spec("a")));
  Advance(1s);
  EXPECT_THAT(ViewOf("a", "train").stage.reason, HasSubstr("no worker is connected"));
  EXPECT_EQ(ViewOf("a", "evaluate dense").stage.reason, "") << "it waits for its parent";
  WorkerRecord other = Worker("w");
  other.data_sets = {{"fashion-mnist", Sha256Hex("damaged copy")}};
  ASSERT_TRUE(Register(other));
  const std::string reason = ViewOf("a", "train").stage.reason;
  EXPECT_THAT(reason, HasSubstr("no worker has data set fashion-mnist with digest " +
                                spec::FindDataSet("fashion-mnist")->digest));
  EXPECT_THAT(reason, HasSubstr("w (digest " + Sha256Hex("damaged copy") + ")"));
  ASSERT_TRUE(Register(Worker("w2")));
  EXPECT_EQ(ViewOf("a", "train").stage.reason, "");
}

TEST_F(WorkerCalls, KeepsProgressLogsAndMeasurements) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  const GrantedLease train = MustAcquire("w", "train");
  ReportCommand report;
  report.token = train.lease.token;
  report.report.measurements = {{"loss", 1, 0.5}};
  report.progress = StageProgress{1, 10, "epochs", ""};
  report.log = {0, "one line\n"};
  const auto taken = Report(report);
  ASSERT_TRUE(taken) << taken.error().ToString();
  EXPECT_FALSE(*taken);
  EXPECT_EQ(ViewOf("a", "train").progress, report.progress);
  const auto page = testing::Ask(*memory_, [&](const StoreReader& reader) {
    return reader.ListMeasurements(train.lease.stage, {10, ""});
  });
  ASSERT_TRUE(page);
  EXPECT_THAT(page->items, ElementsAre(Measurement{"loss", 1, 0.5}));

  Awaited<ArtifactDesk::LogRead> log;
  coordinator_->artifacts().ReadLog(train.lease.stage, 0, 0, 1000, log.done());
  const auto read = log.Get();
  ASSERT_TRUE(read) << read.error().ToString();
  EXPECT_EQ(read->piece.content, "one line\n");
  EXPECT_EQ(read->attempt, 1);
  EXPECT_FALSE(read->has_ended);

  PutCheckpoint(train);
  CompleteCommand success = Success(train);
  success.log = {9, "the end\n"};
  ASSERT_TRUE(Complete(success));
  Awaited<ArtifactDesk::LogRead> rest;
  coordinator_->artifacts().ReadLog(train.lease.stage, 1, -8, 1000, rest.done());
  const auto tail = rest.Get();
  ASSERT_TRUE(tail) << tail.error().ToString();
  EXPECT_EQ(tail->piece.content, "the end\n");
  EXPECT_TRUE(tail->has_ended);
  EXPECT_FALSE(ViewOf("a", "train").progress.has_value());
}

TEST_F(WorkerCalls, ResumePointsAreHandedToTheNextAttempt) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  const GrantedLease train = MustAcquire("w", "train");
  ReportCommand report;
  report.token = train.lease.token;
  report.report.resume = ResumePoint{Sha256Hex("resume"), 3};
  const auto missing = Report(report);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().reason(), kArtifactMissing);
  ASSERT_TRUE(SubmitAndWait(*memory_, [&](StoreWriter& writer) {
                return writer.PutArtifact({Sha256Hex("resume"), 1, clock_.WallNow()});
              }).ok());
  ASSERT_TRUE(Report(report));
  ASSERT_TRUE(Complete(Failure(train, /*retryable=*/true)));
  const GrantedLease second = MustAcquire("w", "train");
  EXPECT_EQ(second.stage.resume, (ResumePoint{Sha256Hex("resume"), 3}));
}

TEST_F(WorkerCalls, SuccessNeedsItsArtifacts) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Register(Worker("w")));
  const GrantedLease train = MustAcquire("w", "train");
  const auto refused = Complete(Success(train));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason(), kArtifactMissing);
  EXPECT_EQ(StageOf("a", "train").state, StageState::kRunning);
}

TEST_F(WorkerCalls, StopAnswersWhoWaits) {
  ASSERT_TRUE(Register(Worker("w")));
  auto waiting = AcquireLater("w", 60s);
  coordinator_->Stop();
  const auto nothing = waiting.Get();
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(nothing->has_value());
  EXPECT_EQ(Acquire("w").error().code(), StatusCode::kUnavailable);
}

}  // namespace
}  // namespace winnow::server
