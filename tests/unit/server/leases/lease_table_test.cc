#include "server/leases/lease_table.h"

#include <atomic>
#include <set>
#include <thread>

#include "tests/support/wait_for.h"
#include "tests/unit/server/leases/lease_fixture.h"

namespace winnow::server {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SampleArtifact;
using testing::SampleDigest;
using testing::SampleKey;
using testing::SampleStage;

using LeaseTableTest = LeaseFixture;

void ExpectLost(const Status& status) {
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition) << status.ToString();
  EXPECT_EQ(status.reason(), kLeaseLost);
}

TEST_F(LeaseTableTest, GrantsAQueuedStage) {
  const Result<GrantedLease> granted = Grant("w1");
  ASSERT_TRUE(granted);
  EXPECT_EQ(granted->lease.stage, SampleKey(1));
  EXPECT_EQ(granted->lease.worker, "w1");
  EXPECT_EQ(granted->lease.attempt, 1);
  EXPECT_EQ(granted->lease.token.size(), 32u);
  const Stage stage = TheStage();
  EXPECT_EQ(stage.state, StageState::kRunning);
  EXPECT_EQ(stage.token, granted->lease.token);
  EXPECT_EQ(stage.start_time, clock_.WallNow());
  EXPECT_EQ(TheAttempt(1).state, AttemptState::kRunning);
  EXPECT_EQ(TheAttempt(1).worker, "w1");
  EXPECT_EQ(table_->size(), 1u);
  EXPECT_THAT(table_->LeasesOf("w1"), ElementsAre(granted->lease));
}

TEST_F(LeaseTableTest, GrantsToOneOfTwoAskers) {
  Result<GrantedLease> outcomes[2] = {Err(Internal("")), Err(Internal(""))};
  std::thread first([&] { outcomes[0] = Grant("w1"); });
  std::thread second([&] { outcomes[1] = Grant("w2"); });
  first.join();
  second.join();
  ASSERT_NE(outcomes[0].has_value(), outcomes[1].has_value());
  const Status& refusal = outcomes[0] ? outcomes[1].error() : outcomes[0].error();
  EXPECT_EQ(refusal.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(refusal.message(), HasSubstr("RUNNING, not QUEUED"));
  EXPECT_EQ(TheStage().attempt, 1);
}

TEST_F(LeaseTableTest, RefusesWhatCannotRun) {
  EXPECT_EQ(Wait<GrantedLease>([&](auto done) { table_->Grant(SampleKey(9), "w1", "", done); }).error().code(),
            StatusCode::kNotFound);
  Commit([](StoreWriter& writer) {
    Stage stage = SampleStage(1);
    stage.failed_attempts = 2;
    return writer.UpdateStage(stage);
  });
  const Result<GrantedLease> granted = Grant();
  ASSERT_FALSE(granted);
  EXPECT_EQ(granted.error().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(granted.error().message(), HasSubstr("used up its 2 attempts"));
  EXPECT_EQ(table_->size(), 0u);
}

TEST_F(LeaseTableTest, TellsWhatTheStageStartsFrom) {
  Commit([](StoreWriter& writer) -> Status {
    WINNOW_RETURN_IF_ERROR(writer.LinkArtifact(SampleKey(1), {.role = "picture", .digest = SampleDigest(1)}));
    WINNOW_RETURN_IF_ERROR(writer.LinkArtifact(SampleKey(1), {.role = kCheckpointRole, .digest = SampleDigest(2)}));
    Stage child = SampleStage(2, {SampleKey(1)});
    child.resume = ResumePoint{.digest = SampleDigest(3), .epoch = 4};
    return writer.CreateStage(child);
  });
  const Result<GrantedLease> granted =
      Wait<GrantedLease>([&](auto done) { table_->Grant(SampleKey(2), "w1", "", done); });
  ASSERT_TRUE(granted);
  EXPECT_THAT(granted->parents, ElementsAre(LeaseParent{.key = SampleKey(1), .checkpoint = SampleDigest(2)}));
  EXPECT_EQ(granted->stage.resume, (ResumePoint{.digest = SampleDigest(3), .epoch = 4}));
}

TEST_F(LeaseTableTest, GivesARepeatTheLeaseOfTheFirstTime) {
  const Result<GrantedLease> first = Grant("w1", "r1");
  const Result<GrantedLease> repeat = Grant("w1", "r1");
  ASSERT_TRUE(first);
  ASSERT_TRUE(repeat);
  EXPECT_EQ(repeat->lease, first->lease);
  EXPECT_EQ(TheStage().attempt, 1);
  const auto replay = [&](const std::string& id) {
    return Wait<std::optional<GrantedLease>>([&](auto done) { table_->Replay(id, done); });
  };
  EXPECT_EQ((*replay("r1"))->lease, first->lease);
  EXPECT_FALSE(*replay("r2"));
  ASSERT_TRUE(Succeed(first->lease.token));
  ExpectLost(replay("r1").error());
  ExpectLost(Grant("w1", "r1").error());
}

TEST_F(LeaseTableTest, FindsAGrantThatIsStillOnItsWay) {
  std::promise<Result<std::optional<GrantedLease>>> replayed;
  {
    testing::CommitGate gate(*store_);
    table_->Grant(SampleKey(1), "w1", "r1", [](const Result<GrantedLease>&) {});
    table_->Replay("r1", [&](Result<std::optional<GrantedLease>> found) { replayed.set_value(std::move(found)); });
  }
  const auto found = replayed.get_future().get();
  ASSERT_TRUE(found);
  ASSERT_TRUE(*found);
  EXPECT_EQ((*found)->lease.token, TheStage().token);
}

TEST_F(LeaseTableTest, RefusesARequestIdOfAnotherMethod) {
  Commit([](StoreWriter& writer) {
    return writer.PutRequest({.request_id = "r1", .method = "CreateSweep", .reply = ""});
  });
  EXPECT_EQ(Grant("w1", "r1").error().code(), StatusCode::kInvalidArgument);
}

TEST_F(LeaseTableTest, RenewsUntilItExpires) {
  const std::string token = MustGrant();
  for (int i = 0; i < 10; ++i) {
    clock_.Advance(seconds(14));
    ASSERT_TRUE(table_->Renew(token));
  }
  const int64_t commits = store_->counters().commits;
  clock_.Advance(seconds(15));
  ExpectLost(table_->Renew(token).error());
  ExpectLost(table_->Renew("made up").error());
  EXPECT_EQ(store_->counters().commits, commits) << "renewing writes nothing";
}

TEST_F(LeaseTableTest, RequeuesWhatExpiresAndRefusesTheLateReport) {
  const std::string token = MustGrant();
  clock_.Advance(seconds(15));
  const std::vector<Result<EndedLease>> ends = Expire();
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(ends[0]->lease.token, token);
  EXPECT_EQ(TheStage().state, StageState::kQueued);
  EXPECT_EQ(TheStage().failed_attempts, 1);
  EXPECT_EQ(TheAttempt(1).state, AttemptState::kLost);
  EXPECT_THAT(TheAttempt(1).message, HasSubstr("workers/w1 was not heard of for 15 s"));
  EXPECT_THAT(Expire(), IsEmpty());

  const std::string next = MustGrant("w2");
  ExpectLost(Succeed(token, {.result_json = "{\"late\":1}", .artifacts = {}, .numerics_class = ""}).error());
  ExpectLost(Report(token, {.measurements = {{"loss", 1, 9}}, .resume = {}}).error());
  EXPECT_EQ(TheStage().token, next);
  EXPECT_EQ(TheStage().result_json, "");
  EXPECT_TRUE(Succeed(next));
}

TEST_F(LeaseTableTest, RefusesAReportAfterExpiryEvenBeforeAnybodyLooked) {
  const std::string token = MustGrant();
  clock_.Advance(seconds(15));
  ExpectLost(Succeed(token).error());
  EXPECT_EQ(TheStage().state, StageState::kRunning);
  EXPECT_EQ(Expire().size(), 1u);
  EXPECT_EQ(TheStage().state, StageState::kQueued);
}

TEST_F(LeaseTableTest, FailsTheStageWhenItsLastAttemptExpires) {
  for (int i = 0; i < 2; ++i) {
    MustGrant();
    clock_.Advance(seconds(15));
    EXPECT_EQ(Expire().size(), 1u);
  }
  EXPECT_EQ(TheStage().state, StageState::kFailed);
  EXPECT_THAT(TheStage().reason, HasSubstr("attempt 2 of 2"));
}

TEST_F(LeaseTableTest, StoresASuccessInOneCommit) {
  const std::string token = MustGrant();
  const int64_t revision = store_->revision();
  EndReport report;
  report.measurements = {{"accuracy", 0, 0.9}};
  report.request = RequestRecord{.request_id = "r9", .method = "CompleteStage", .reply = "answer"};
  const AttemptSuccess success{.result_json = "{\"a\":1}",
                               .artifacts = {{.role = kCheckpointRole, .digest = SampleDigest(1)}},
                               .numerics_class = "avx2"};
  const Result<EndedLease> ended = Succeed(token, success, report);
  ASSERT_TRUE(ended) << ended.error().ToString();
  EXPECT_FALSE(ended->repeated);
  EXPECT_EQ(store_->revision(), revision + 1);
  Stage stored = TheStage();
  stored.revision = ended->stage.revision;  // which nobody needs here
  EXPECT_EQ(ended->stage, stored);
  EXPECT_EQ(ended->stage.state, StageState::kSucceeded);
  EXPECT_EQ(ended->stage.result_json, "{\"a\":1}");
  EXPECT_EQ(ended->stage.numerics_class, "avx2");
  EXPECT_THAT(ended->stage.artifacts, ElementsAre(StageArtifact{.role = kCheckpointRole, .digest = SampleDigest(1)}));
  EXPECT_EQ(TheAttempt(1).state, AttemptState::kSucceeded);
  const auto measurements =
      *testing::Ask(*store_, [](const StoreReader& reader) { return reader.ListMeasurements(SampleKey(1), {}); });
  EXPECT_THAT(measurements.items, ElementsAre(Measurement{"accuracy", 0, 0.9}));
  EXPECT_EQ(table_->size(), 0u);

  const Result<EndedLease> repeat = Succeed(token, success, report);
  ASSERT_TRUE(repeat);
  EXPECT_TRUE(repeat->repeated);
  EXPECT_EQ(repeat->reply, "answer");
  EXPECT_EQ(store_->revision(), revision + 1);
}

TEST_F(LeaseTableTest, StoresNothingOfASuccessWhoseArtifactIsMissing) {
  const std::string token = MustGrant();
  const AttemptSuccess success{
      .result_json = "{}",
      .artifacts = {{.role = "a", .digest = SampleDigest(1)}, {.role = kCheckpointRole, .digest = SampleDigest(9)}},
      .numerics_class = ""};
  const Result<EndedLease> ended = Succeed(token, success);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().reason(), kArtifactMissing);
  EXPECT_EQ(TheStage().state, StageState::kRunning);
  EXPECT_THAT(TheStage().artifacts, IsEmpty());
  EXPECT_TRUE(table_->Renew(token)) << "the lease goes on: upload it and report again";
  Commit([](StoreWriter& writer) { return writer.PutArtifact(SampleArtifact(9)); });
  EXPECT_TRUE(Succeed(token, success));
}

TEST_F(LeaseTableTest, CountsFailuresAndNotWhatIsGivenBack) {
  ASSERT_TRUE(GiveBack(MustGrant()));
  ASSERT_TRUE(GiveBack(MustGrant()));
  EXPECT_EQ(TheStage().failed_attempts, 0);
  ASSERT_TRUE(Fail(MustGrant()));
  EXPECT_EQ(TheStage().state, StageState::kQueued);
  EXPECT_EQ(TheAttempt(3).last_lines, "boom");
  ASSERT_TRUE(Fail(MustGrant()));
  EXPECT_EQ(TheStage().state, StageState::kFailed);
  EXPECT_EQ(TheStage().attempt, 4);
}

TEST_F(LeaseTableTest, FailsAtOnceWhatIsNotWorthAnotherTry) {
  ASSERT_TRUE(Fail(MustGrant(), /*retryable=*/false));
  EXPECT_EQ(TheStage().state, StageState::kFailed);
}

TEST_F(LeaseTableTest, DropsTheSupersededResumePointInTheSameCommit) {
  const std::string token = MustGrant();
  ASSERT_TRUE(Report(token, {.measurements = {{"loss", 1, 0.5}}, .resume = ResumePoint{SampleDigest(1), 1}}));
  const int64_t revision = store_->revision();
  const Result<ProgressTaken> taken =
      Report(token, {.measurements = {{"loss", 2, 0.4}}, .resume = ResumePoint{SampleDigest(2), 2}});
  ASSERT_TRUE(taken);
  EXPECT_THAT(taken->unused_artifacts, ElementsAre(SampleDigest(1)));
  EXPECT_EQ(store_->revision(), revision + 1);
  EXPECT_FALSE(*testing::Ask(*store_, [](const StoreReader& r) { return r.FindArtifact(SampleDigest(1)); }));
  EXPECT_EQ(TheStage().resume, (ResumePoint{SampleDigest(2), 2}));
  EXPECT_EQ(Report(token, {.measurements = {}, .resume = ResumePoint{SampleDigest(9), 3}}).error().reason(),
            kArtifactMissing);
  // A success needs it no longer; the net it made happens to be the same bytes as another artifact.
  const Result<EndedLease> ended = Succeed(token);
  ASSERT_TRUE(ended);
  EXPECT_THAT(ended->unused_artifacts, ElementsAre(SampleDigest(2)));
}

TEST_F(LeaseTableTest, KeepsAResumePointThatIsTheResultToo) {
  const std::string token = MustGrant();
  ASSERT_TRUE(Report(token, {.measurements = {}, .resume = ResumePoint{SampleDigest(1), 1}}));
  const Result<EndedLease> ended = Succeed(
      token,
      {.result_json = "{}", .artifacts = {{.role = kCheckpointRole, .digest = SampleDigest(1)}}, .numerics_class = ""});
  ASSERT_TRUE(ended);
  EXPECT_THAT(ended->unused_artifacts, IsEmpty());
}

TEST_F(LeaseTableTest, DropsMeasurementsThatTheNextAttemptMakesAgain) {
  const std::string token = MustGrant();
  ASSERT_TRUE(Report(token, {.measurements = {{"loss", 1, 1}, {"loss", 2, 2}, {"loss", 3, 3}, {"loss", 0, 9}},
                             .resume = ResumePoint{SampleDigest(1), 2}}));
  ASSERT_TRUE(Fail(token));
  MustGrant();
  const auto left =
      *testing::Ask(*store_, [](const StoreReader& reader) { return reader.ListMeasurements(SampleKey(1), {}); });
  EXPECT_THAT(left.items, ElementsAre(Measurement{"loss", 1, 1}, Measurement{"loss", 2, 2}));
}

TEST_F(LeaseTableTest, TellsTheHolderOfACancel) {
  const std::string token = MustGrant();
  Cancel();
  EXPECT_THAT(table_->RequestCancel({SampleKey(1), SampleKey(2)}), ElementsAre(*table_->Find(token)));
  EXPECT_TRUE(table_->Renew(token)->cancel_requested);
  EXPECT_TRUE(Report(token, {})->cancel_requested);
  EXPECT_THAT(table_->CancelRequestedOf("w1"), ElementsAre(*table_->Find(token)));
  const auto ended = Wait<EndedLease>([&](auto done) { table_->Cancelled(token, {}, done); });
  ASSERT_TRUE(ended);
  EXPECT_EQ(TheStage().state, StageState::kCancelled);
  ExpectLost(table_->Renew(token).error());
}

TEST_F(LeaseTableTest, CancelsWhatExpiresWhileCancelling) {
  MustGrant();
  Cancel();
  clock_.Advance(seconds(15));
  EXPECT_EQ(Expire().size(), 1u);
  EXPECT_EQ(TheStage().state, StageState::kCancelled);
}

TEST_F(LeaseTableTest, EndsAllLeasesOfAWorkerThatIsGone) {
  const std::string token = MustGrant();
  std::promise<Result<EndedLease>> ended;
  EXPECT_THAT(table_->EndAll("w2", true, nullptr), IsEmpty());
  EXPECT_EQ(table_->EndAll("w1", /*gives_back=*/true, [&](Result<EndedLease> end) { ended.set_value(end); }).size(),
            1u);
  ASSERT_TRUE(ended.get_future().get());
  EXPECT_EQ(TheAttempt(1).state, AttemptState::kGivenBack);
  EXPECT_EQ(TheStage().failed_attempts, 0);
  ExpectLost(table_->Renew(token).error());
  MustGrant();
  std::promise<Result<EndedLease>> lost;
  table_->EndAll("w1", /*gives_back=*/false, [&](Result<EndedLease> end) { lost.set_value(end); });
  ASSERT_TRUE(lost.get_future().get());
  EXPECT_EQ(TheAttempt(2).state, AttemptState::kLost);
  EXPECT_EQ(TheStage().failed_attempts, 1);
}

TEST_F(LeaseTableTest, RunsTheFollowUpInTheSameTransaction) {
  std::vector<StageState> followed;
  std::atomic<int> after_commits = 0;
  bool refuse = false;
  NewTable({.ttl = {}, .follow_up = [&](StoreWriter& writer, const Stage& stage, const Lease&) -> Result<FollowUp> {
              followed.push_back(stage.state);
              WINNOW_RETURN_ERR_IF_ERROR(writer.CreateStage(SampleStage(100 + stage.attempt)));
              if (refuse) return Err(Aborted("no"));
              return FollowUp{.committed = [&] { ++after_commits; }, .failed = nullptr};
            }});
  refuse = true;
  EXPECT_EQ(Grant().error(), Aborted("no"));
  EXPECT_EQ(TheStage().state, StageState::kQueued);
  EXPECT_EQ(after_commits, 0);
  refuse = false;
  const std::string token = MustGrant();
  EXPECT_EQ(after_commits, 1);
  Commit([](StoreWriter& writer) { return StatusOf(writer.GetStage(SampleKey(101))); });
  EXPECT_EQ(Succeed(token).error().code(), StatusCode::kAlreadyExists) << "what follows cannot be stored";
  EXPECT_EQ(TheStage().state, StageState::kRunning);
  EXPECT_TRUE(table_->Renew(token));
  EXPECT_THAT(followed, ElementsAre(StageState::kRunning, StageState::kRunning, StageState::kSucceeded));
}

TEST_F(LeaseTableTest, GivesEveryLeaseAFullTermAfterARestart) {
  const std::string token = MustGrant();
  clock_.Advance(seconds(14));
  NewTable({});
  ASSERT_TRUE(table_->Restore().ok());
  clock_.Advance(seconds(14));
  EXPECT_FALSE(table_->Renew(token)->cancel_requested);
  Cancel();
  NewTable({});
  ASSERT_TRUE(table_->Restore().ok());
  EXPECT_TRUE(table_->Renew(token)->cancel_requested) << "a cancel outlives a restart";
  clock_.Advance(seconds(15));
  EXPECT_EQ(Expire().size(), 1u);
}

TEST_F(LeaseTableTest, NeverGivesATokenTwice) {
  std::set<std::string> tokens;
  for (int i = 0; i < 20; ++i) {
    const std::string token = MustGrant();
    EXPECT_TRUE(tokens.insert(token).second);
    ASSERT_TRUE(GiveBack(token));
  }
}

}  // namespace
}  // namespace winnow::server
