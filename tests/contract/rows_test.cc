// What is written comes back, and what cannot be is refused. Over the size budget on purpose: a few lines a question.
#include <atomic>
#include <cmath>
#include <limits>
#include <utility>

#include "tests/contract/store_contract.h"
#include "tests/support/wait_for.h"

namespace winnow::server {
namespace {

using testing::Ask;
using ::testing::ElementsAre;
using testing::SampleArtifact;
using testing::SampleDigest;
using testing::SampleKey;
using testing::SampleStage;
using testing::SampleSweep;
using testing::SampleTrial;

TEST_P(StoreContract, KeepsSweeps) {
  Sweep sweep = SampleSweep("a");
  sweep.priority = -3;
  MustCommit([&](StoreWriter& writer) { return writer.CreateSweep(sweep, "{\"name\": \"a\"}"); });
  sweep.order = 1;
  sweep.revision = 1;
  EXPECT_EQ(TheSweep("a"), sweep);
  EXPECT_EQ(*Ask(*store_, [](const StoreReader& reader) { return reader.FindSweepSpec("a"); }), "{\"name\": \"a\"}");

  sweep.state = SweepState::kFailed;
  sweep.reason = "one trial failed";
  sweep.end_time = FromUnixMillis(1700000001234);
  sweep.stage_reused = 2;
  sweep.fingerprint = SampleDigest(7);
  sweep.fingerprint_json = "{\"cpu\":\"x\"}";
  sweep.awaits_fingerprint = true;
  MustCommit([&](StoreWriter& writer) { return writer.UpdateSweep(sweep); });
  sweep.revision = 2;
  EXPECT_EQ(TheSweep("a"), sweep);
  EXPECT_EQ(*Ask(*store_, [](const StoreReader& reader) { return reader.FindSweepSpec("a"); }), "{\"name\": \"a\"}");
}

TEST_P(StoreContract, KeepsTrials) {
  MustCommit(WriteSmallSweep);
  Trial trial = SampleTrial("a", "t", 0, 1, 2);
  trial.revision = 1;
  const auto the_trial = [&] {
    return *Ask(*store_, [](const StoreReader& reader) { return reader.GetTrial("a", "t"); });
  };
  EXPECT_EQ(the_trial(), trial);
  trial.state = TrialState::kFailed;
  trial.reason = "stage 2 failed";
  trial.winograd_rate = 0.625;
  trial.method = "native";
  trial.spatial_rate.reset();
  trial.benchmark = SampleKey(1);
  trial.dense_benchmark = SampleKey(2);
  MustCommit([&](StoreWriter& writer) { return writer.PutTrial(trial); });
  trial.revision = 2;
  EXPECT_EQ(the_trial(), trial);
}

TEST_P(StoreContract, KeepsStages) {
  MustCommit([](StoreWriter& writer) -> Status {
    WINNOW_RETURN_IF_ERROR(writer.PutArtifact(SampleArtifact(1)));
    WINNOW_RETURN_IF_ERROR(writer.PutArtifact(SampleArtifact(2)));
    return writer.CreateStage(SampleStage(1));
  });
  Stage stage = SampleStage(2, {SampleKey(1)});
  stage.kind = spec::StageKind::kBenchmark;
  stage.exclusive = true;
  stage.pretrained = SampleDigest(1);
  stage.fingerprint = SampleDigest(3);
  MustCommit([&](StoreWriter& writer) { return writer.CreateStage(stage); });
  stage.revision = 2;
  EXPECT_EQ(TheStage(2), stage);

  stage.state = StageState::kRunning;
  stage.attempt = 3;
  stage.failed_attempts = 1;
  stage.worker = "w1";
  stage.token = "secret";
  stage.resume = ResumePoint{.digest = SampleDigest(2), .epoch = 4};
  stage.start_time = FromUnixMillis(1700000000001);
  MustCommit([&](StoreWriter& writer) { return writer.UpdateStage(stage); });
  stage.state = StageState::kSucceeded;
  stage.reason = "none";
  stage.token.clear();
  stage.end_time = FromUnixMillis(1700000000002);
  stage.result_json = "{\"accuracy\":0.9}";
  stage.numerics_class = "avx2;torch";
  stage.memory_bytes = 5;
  stage.max_attempts = 9;
  MustCommit([&](StoreWriter& writer) -> Status {
    WINNOW_RETURN_IF_ERROR(writer.UpdateStage(stage));
    WINNOW_RETURN_IF_ERROR(writer.LinkArtifact(stage.key, {.role = "picture", .digest = SampleDigest(1)}));
    return writer.LinkArtifact(stage.key, {.role = kCheckpointRole, .digest = SampleDigest(2)});
  });
  stage.revision = 4;
  stage.artifacts = {{.role = kCheckpointRole, .digest = SampleDigest(2)},
                     {.role = "picture", .digest = SampleDigest(1)}};
  EXPECT_EQ(TheStage(2), stage);
}

TEST_P(StoreContract, KnowsTheGraph) {
  MustCommit(WriteSmallSweep);
  MustCommit([](StoreWriter& writer) -> Status {
    WINNOW_RETURN_IF_ERROR(writer.CreateStage(SampleStage(3, {SampleKey(1), SampleKey(2)}, StageState::kBlocked)));
    WINNOW_RETURN_IF_ERROR(writer.CreateSweep(SampleSweep("b"), "{}"));
    WINNOW_RETURN_IF_ERROR(writer.PlaceStage(SampleKey(1), {.sweep = "b", .position = 7}));
    return writer.PutTrial(SampleTrial("b", "other", 0, 1, 1));
  });
  EXPECT_THAT(*Ask(*store_, [](const StoreReader& reader) { return reader.ChildrenOf(SampleKey(1)); }),
              ElementsAre(SampleKey(2), SampleKey(3)));
  EXPECT_THAT(TheStage(3).parents, ElementsAre(SampleKey(1), SampleKey(2)));
  EXPECT_THAT(*Ask(*store_, [](const StoreReader& reader) { return reader.PlacesOfStage(SampleKey(1)); }),
              ElementsAre(StagePlace{.sweep = "a", .position = 0}, StagePlace{.sweep = "b", .position = 7}));
  const auto trials = *Ask(*store_, [](const StoreReader& reader) { return reader.TrialsOfStage(SampleKey(1)); });
  ASSERT_EQ(trials.size(), 2u);
  EXPECT_EQ(trials[0].sweep, "a");
  EXPECT_EQ(trials[1].id, "other");
  EXPECT_TRUE(Ask(*store_, [](const StoreReader& reader) { return reader.TrialsOfStage(SampleKey(3)); })->empty());
}

TEST_P(StoreContract, CountsStagesByStateInEverySweepThatHasThem) {
  MustCommit(WriteSmallSweep);
  MustCommit([](StoreWriter& writer) -> Status {
    WINNOW_RETURN_IF_ERROR(writer.CreateSweep(SampleSweep("b"), "{}"));
    return writer.PlaceStage(SampleKey(1), {.sweep = "b", .position = 0});
  });
  Stage stage = TheStage(1);
  stage.state = StageState::kRunning;
  MustCommit([&](StoreWriter& writer) { return writer.UpdateStage(stage); });
  const auto expect_counts = [&](const std::string& sweep, StageCounts expected) {
    EXPECT_EQ(TheSweep(sweep).stage_counts, expected) << sweep;
    EXPECT_EQ(TheSweep(sweep).revision, store_->revision()) << sweep;
  };
  StageCounts a;
  a[StageState::kRunning] = 1;
  a[StageState::kBlocked] = 1;
  expect_counts("a", a);
  StageCounts b;
  b[StageState::kRunning] = 1;
  expect_counts("b", b);
  // Placing it where it stands already counts nothing twice.
  MustCommit([](StoreWriter& writer) { return writer.PlaceStage(SampleKey(1), {.sweep = "b", .position = 0}); });
  EXPECT_EQ(TheSweep("b").stage_counts, b);
}

// What a transaction and those after it in the same commit ask takes what they changed into account, and not what was
// undone.
TEST_P(StoreContract, CountsWithinACommit) {
  MustCommit(WriteSmallSweep);
  const auto move_to = [](StoreWriter& writer, int number, StageState state) -> Status {
    WINNOW_ASSIGN_OR_RETURN_STATUS(Stage stage, writer.GetStage(SampleKey(number)));
    stage.state = state;
    return writer.UpdateStage(stage);
  };
  const auto queued_and_running = [](const StoreReader& reader) {
    const Sweep sweep = *reader.GetSweep("a");
    EXPECT_EQ(sweep.revision, *reader.Revision());
    return std::pair(sweep.stage_counts[StageState::kQueued], sweep.stage_counts[StageState::kRunning]);
  };
  std::atomic<int> done = 0;
  const auto note = [&](const Status&) { ++done; };
  {
    testing::CommitGate gate(*store_);
    store_->Submit(
        [&](StoreWriter& writer) -> Status {
          WINNOW_RETURN_IF_ERROR(move_to(writer, 1, StageState::kRunning));
          EXPECT_EQ(queued_and_running(writer), std::pair(0, 1));
          EXPECT_EQ(*writer.StateOfStage(SampleKey(1)), StageState::kRunning);
          return OkStatus();
        },
        note);
    store_->Submit(
        [&](StoreWriter& writer) -> Status {
          WINNOW_RETURN_IF_ERROR(move_to(writer, 2, StageState::kQueued));
          EXPECT_EQ(queued_and_running(writer), std::pair(1, 1));
          return Aborted("changed its mind");
        },
        note);
    store_->Submit(
        [&](StoreWriter& writer) -> Status {
          EXPECT_EQ(queued_and_running(writer), std::pair(0, 1));
          EXPECT_EQ(*writer.StateOfStage(SampleKey(2)), StageState::kBlocked);
          Sweep sweep = *writer.GetSweep("a");
          sweep.priority = 7;
          WINNOW_RETURN_IF_ERROR(writer.UpdateSweep(sweep));
          EXPECT_EQ(writer.GetSweep("a")->priority, 7);
          return OkStatus();
        },
        note);
  }
  ASSERT_TRUE(testing::WaitFor([&] { return done == 3; }));
  StageCounts expected;
  expected[StageState::kRunning] = 1;
  expected[StageState::kBlocked] = 1;
  EXPECT_EQ(TheSweep("a").stage_counts, expected);
  EXPECT_EQ(TheSweep("a").priority, 7);
  EXPECT_EQ(TheStage(1).revision, store_->revision());
}

TEST_P(StoreContract, AWriterSeesAStageAsItWillBeRead) {
  MustCommit(WriteSmallSweep);
  Stage in_transaction;
  MustCommit([&](StoreWriter& writer) -> Status {
    WINNOW_RETURN_IF_ERROR(writer.PutArtifact({SampleDigest(1), 10, FromUnixMillis(1)}));
    Stage stage = *writer.GetStage(SampleKey(1));
    stage.state = StageState::kRunning;
    stage.token = "token";
    stage.start_time = WallTime(std::chrono::microseconds(1700000000123456));
    stage.resume = ResumePoint{.digest = SampleDigest(1), .epoch = 3};
    WINNOW_RETURN_IF_ERROR(writer.UpdateStage(stage));
    WINNOW_RETURN_IF_ERROR(writer.LinkArtifact(SampleKey(1), {.role = "log", .digest = SampleDigest(1)}));
    WINNOW_RETURN_IF_ERROR(writer.LinkArtifact(SampleKey(1), {.role = "checkpoint", .digest = SampleDigest(1)}));
    in_transaction = *writer.GetStage(SampleKey(1));
    return OkStatus();
  });
  EXPECT_EQ(in_transaction, TheStage(1));
}

TEST_P(StoreContract, CountsTrialsByState) {
  MustCommit(WriteSmallSweep);
  MustCommit([](StoreWriter& writer) -> Status {
    int position = 1;
    for (const TrialState state : {TrialState::kRunning, TrialState::kSucceeded, TrialState::kSucceeded,
                                   TrialState::kFailed, TrialState::kCancelled}) {
      Trial trial = SampleTrial("a", "t" + std::to_string(position), position, 1, 2);
      trial.state = state;
      WINNOW_RETURN_IF_ERROR(writer.PutTrial(trial));
      ++position;
    }
    return OkStatus();
  });
  const TrialTally expected{.live = 2, .succeeded = 2, .failed = 1, .cancelled = 1};
  EXPECT_EQ(*Ask(*store_, [](const StoreReader& reader) { return reader.CountTrials("a"); }), expected);
  // The counts follow a trial that moves, and stay where it is written as it was.
  MustCommit([](StoreWriter& writer) -> Status {
    Trial trial = SampleTrial("a", "t1", 1, 1, 2);
    trial.state = TrialState::kFailed;
    WINNOW_RETURN_IF_ERROR(writer.PutTrial(trial));
    return writer.PutTrial(trial);
  });
  const TrialTally moved{.live = 1, .succeeded = 2, .failed = 2, .cancelled = 1};
  EXPECT_EQ(*Ask(*store_, [](const StoreReader& reader) { return reader.CountTrials("a"); }), moved);
}

TEST_P(StoreContract, KeepsRefusedReportsInOrder) {
  const std::vector<RefusedReport> reports = {
      {FromUnixMillis(1700000000000), "r1", "t1", "w1", "success"},
      {FromUnixMillis(1700000000001), "r2", "t2", "", "failure"},
  };
  MustCommit([&](StoreWriter& writer) -> Status {
    for (const RefusedReport& report : reports) WINNOW_RETURN_IF_ERROR(writer.PutRefusedReport(report));
    return OkStatus();
  });
  std::vector<RefusedReport> kept;
  const Status read = store_->Read([&](const StoreReader& reader) {
    return reader.ForEachRefusedReport([&](RefusedReport report) {
      kept.push_back(std::move(report));
      return OkStatus();
    });
  });
  EXPECT_TRUE(read.ok()) << read.ToString();
  EXPECT_EQ(kept, reports);
}

TEST_P(StoreContract, KeepsAttempts) {
  MustCommit(WriteSmallSweep);
  Attempt attempt;
  attempt.stage = SampleKey(1);
  attempt.number = 1;
  attempt.worker = "w1";
  attempt.start_time = FromUnixMillis(1700000000000);
  MustCommit([&](StoreWriter& writer) { return writer.PutAttempt(attempt); });
  Attempt second = attempt;
  second.number = 2;
  attempt.state = AttemptState::kFailed;
  attempt.end_time = FromUnixMillis(1700000000500);
  attempt.code = "INTERNAL";
  attempt.message = "crashed";
  attempt.last_lines = "line 1\nline 2\n";
  attempt.numerics_class = "avx2";
  MustCommit([&](StoreWriter& writer) -> Status {
    WINNOW_RETURN_IF_ERROR(writer.PutAttempt(second));
    return writer.PutAttempt(attempt);
  });
  EXPECT_THAT(*Ask(*store_, [](const StoreReader& reader) { return reader.ListAttempts(SampleKey(1)); }),
              ElementsAre(attempt, second));
  EXPECT_EQ(*Ask(*store_, [](const StoreReader& reader) { return reader.FindAttempt(SampleKey(1), 2); }), second);
  EXPECT_FALSE(*Ask(*store_, [](const StoreReader& reader) { return reader.FindAttempt(SampleKey(1), 3); }));
}

TEST_P(StoreContract, ReplacesMeasurementsAndDropsLaterSteps) {
  MustCommit(WriteSmallSweep);
  const auto put = [&](std::vector<Measurement> values) {
    MustCommit([values](StoreWriter& writer) { return writer.PutMeasurements(SampleKey(1), values); });
  };
  const auto listed = [&] {
    return Ask(*store_, [](const StoreReader& reader) { return reader.ListMeasurements(SampleKey(1), {}); })->items;
  };
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  put({{"loss", 2, 0.5}, {"loss", 1, kInfinity}, {"accuracy", 0, 0.9}, {"loss", 3, 0.25}});
  put({{"loss", 2, 0.4}});
  EXPECT_THAT(listed(), ElementsAre(Measurement{"accuracy", 0, 0.9}, Measurement{"loss", 1, kInfinity},
                                    Measurement{"loss", 2, 0.4}, Measurement{"loss", 3, 0.25}));
  MustCommit([](StoreWriter& writer) { return writer.DropMeasurementsAfter(SampleKey(1), 1); });
  EXPECT_THAT(listed(), ElementsAre(Measurement{"loss", 1, kInfinity}));
  put({{"loss", 2, std::nan("")}});
  EXPECT_TRUE(std::isnan(listed().at(1).value));
  std::vector<Measurement> many;
  for (int step = 1; step <= 21; ++step) many.push_back({"loss", step, 1.0 / step});
  many.push_back({"loss", 1, 7.0});
  put(many);
  ASSERT_EQ(listed().size(), 21u);
  EXPECT_EQ(listed().front(), (Measurement{"loss", 1, 7.0})) << "the later one of the same step";
  EXPECT_EQ(listed().back(), (Measurement{"loss", 21, 1.0 / 21}));
}

TEST_P(StoreContract, KeepsArtifactsAndForgetsOnlyWhatNothingNames) {
  MustCommit([](StoreWriter& writer) -> Status {
    for (int i = 1; i <= 6; ++i)
      WINNOW_RETURN_IF_ERROR(writer.PutArtifact(SampleArtifact(i, FromUnixMillis(1000 * i))));
    Stage stage = SampleStage(1);
    stage.pretrained = SampleDigest(1);
    stage.resume = ResumePoint{.digest = SampleDigest(2), .epoch = 1};
    WINNOW_RETURN_IF_ERROR(writer.CreateStage(stage));
    return writer.LinkArtifact(SampleKey(1), {.role = kCheckpointRole, .digest = SampleDigest(3)});
  });
  std::vector<std::string> forgotten;
  MustCommit([&](StoreWriter& writer) -> Status {
    WINNOW_ASSIGN_OR_RETURN_STATUS(forgotten, writer.ForgetUnusedArtifacts(FromUnixMillis(6000)));
    return OkStatus();
  });
  EXPECT_THAT(forgotten, ::testing::UnorderedElementsAre(SampleDigest(4), SampleDigest(5)));
  MustCommit([&](StoreWriter& writer) -> Status {
    EXPECT_EQ(*writer.ForgetArtifactIfUnused(SampleDigest(2)), false);
    EXPECT_EQ(*writer.ForgetArtifactIfUnused(SampleDigest(6)), true);
    EXPECT_EQ(*writer.ForgetArtifactIfUnused(SampleDigest(6)), false);
    return OkStatus();
  });
  std::vector<std::string> left;
  EXPECT_TRUE(store_
                  ->Read([&](const StoreReader& reader) {
                    return reader.ForEachArtifact([&](const Artifact& artifact) {
                      left.push_back(artifact.digest);
                      return OkStatus();
                    });
                  })
                  .ok());
  EXPECT_THAT(left, ::testing::UnorderedElementsAre(SampleDigest(1), SampleDigest(2), SampleDigest(3)));
  EXPECT_EQ(*Ask(*store_, [](const StoreReader& reader) { return reader.FindArtifact(SampleDigest(1)); }),
            SampleArtifact(1, FromUnixMillis(1000)));
}

TEST_P(StoreContract, KeepsWorkers) {
  WorkerRecord worker;
  worker.id = "w1";
  worker.instance = "i1";
  worker.host_id = "h1";
  worker.threads = 8;
  worker.memory_bytes = int64_t{1} << 40;
  worker.isa = "avx512";
  worker.numerics_class = "a;b";
  worker.fingerprint = SampleDigest(1);
  worker.fingerprint_json = "{\"cpu\":\"\xC3\xA4\"}";
  worker.stage_versions = {{spec::StageKind::kTrain, 1}, {spec::StageKind::kBenchmark, 2}};
  worker.data_sets = {{"fashion-mnist", SampleDigest(2)}, {"cifar-10", SampleDigest(3)}};
  worker.labels = {{"rack", "\"7\""}, {"", "x"}};
  worker.register_time = FromUnixMillis(1);
  worker.last_seen_time = FromUnixMillis(2);
  MustCommit([&](StoreWriter& writer) { return writer.PutWorker(worker); });
  EXPECT_EQ(*Ask(*store_, [](const StoreReader& reader) { return reader.GetWorker("w1"); }), worker);
  worker.instance = "i2";
  worker.data_sets.clear();
  MustCommit([&](StoreWriter& writer) { return writer.PutWorker(worker); });
  EXPECT_EQ(*Ask(*store_, [](const StoreReader& reader) { return reader.GetWorker("w1"); }), worker);
  MustCommit([&](StoreWriter& writer) { return writer.RemoveWorker("w1"); });
  EXPECT_FALSE(*Ask(*store_, [](const StoreReader& reader) { return reader.FindWorker("w1"); }));
}

TEST_P(StoreContract, KeepsRequestsForADay) {
  RequestRecord record{.request_id = "r1", .method = "CreateSweep", .reply = std::string("\0\x01\xFF", 3)};
  MustCommit([&](StoreWriter& writer) { return writer.PutRequest(record); });
  const auto found = [&] { return *Ask(*store_, [](const StoreReader& reader) { return reader.FindRequest("r1"); }); };
  clock_.Advance(std::chrono::hours(24) - std::chrono::seconds(1));
  EXPECT_EQ(found(), record);
  EXPECT_EQ(Commit([&](StoreWriter& writer) { return writer.PutRequest(record); }).code(), StatusCode::kAlreadyExists);
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_FALSE(found());
  record.method = "CancelSweep";
  MustCommit([&](StoreWriter& writer) { return writer.PutRequest(record); });
  EXPECT_EQ(found(), record);
}

TEST_P(StoreContract, NamesWhatIsNotThere) {
  MustCommit(WriteSmallSweep);
  const auto refused = [&](StatusCode code, const std::string& named, const Store::Transaction& transaction) {
    const Status status = Commit(transaction);
    EXPECT_EQ(status.code(), code) << status.ToString();
    EXPECT_THAT(status.message(), ::testing::HasSubstr(named));
    return status.reason();
  };
  const std::string stage9 = "stages/" + SampleKey(9);
  const std::string artifact9 = "artifacts/sha256-" + SampleDigest(9);
  using enum StatusCode;
  refused(kNotFound, "sweeps/x", [](StoreWriter& w) { return w.UpdateSweep(SampleSweep("x")); });
  refused(kNotFound, "sweeps/x", [](StoreWriter& w) { return w.PutTrial(SampleTrial("x", "t", 0, 1, 2)); });
  refused(kNotFound, stage9, [](StoreWriter& w) { return w.PutTrial(SampleTrial("a", "t", 0, 1, 9)); });
  refused(kNotFound, stage9, [](StoreWriter& w) { return w.UpdateStage(SampleStage(9)); });
  refused(kNotFound, stage9, [](StoreWriter& w) { return w.CreateStage(SampleStage(8, {SampleKey(9)})); });
  refused(kNotFound, stage9, [](StoreWriter& w) { return w.PlaceStage(SampleKey(9), {.sweep = "a", .position = 0}); });
  refused(kNotFound, "sweeps/x", [](StoreWriter& w) { return w.PlaceStage(SampleKey(1), {.sweep = "x"}); });
  refused(kNotFound, stage9, [](StoreWriter& w) { return w.PutMeasurements(SampleKey(9), {}); });
  refused(kNotFound, stage9, [](StoreWriter& w) { return w.DropMeasurementsAfter(SampleKey(9), 0); });
  refused(kNotFound, stage9, [](StoreWriter& w) {
    Attempt attempt;
    attempt.stage = SampleKey(9);
    return w.PutAttempt(attempt);
  });
  refused(kNotFound, "workers/x", [](StoreWriter& w) { return w.RemoveWorker("x"); });
  refused(kNotFound, stage9, [](StoreWriter& w) { return StatusOf(w.ChildrenOf(SampleKey(9))); });
  refused(kNotFound, "sweeps/x", [](StoreWriter& w) { return StatusOf(w.ListStages("x", {})); });
  refused(kAlreadyExists, "sweeps/a", [](StoreWriter& w) { return w.CreateSweep(SampleSweep("a"), "{}"); });
  refused(kAlreadyExists, SampleKey(1), [](StoreWriter& w) { return w.CreateStage(SampleStage(1)); });
  const auto missing = [&](const Store::Transaction& transaction) {
    EXPECT_EQ(refused(kFailedPrecondition, artifact9, transaction), kArtifactMissing);
  };
  missing([](StoreWriter& w) { return w.LinkArtifact(SampleKey(1), {.role = "r", .digest = SampleDigest(9)}); });
  missing([](StoreWriter& w) {
    Stage stage = SampleStage(1);
    stage.resume = ResumePoint{.digest = SampleDigest(9), .epoch = 1};
    return w.UpdateStage(stage);
  });
  missing([](StoreWriter& w) {
    Stage stage = SampleStage(8);
    stage.pretrained = SampleDigest(9);
    return w.CreateStage(stage);
  });
}

TEST_P(StoreContract, RefusesMovesThatNoStageMakes) {
  MustCommit(WriteSmallSweep);
  const Status status = Commit([](StoreWriter& writer) {
    Stage stage = SampleStage(2, {SampleKey(1)}, StageState::kSucceeded);  // it is BLOCKED
    return writer.UpdateStage(stage);
  });
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), ::testing::HasSubstr("BLOCKED and cannot become SUCCEEDED"));
}

}  // namespace
}  // namespace winnow::server
