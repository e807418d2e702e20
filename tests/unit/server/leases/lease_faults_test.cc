// Leases when the store fails, answers get lost, or events cross.
#include <algorithm>
#include <random>

#include "server/store/sqlite_store.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wait_for.h"
#include "tests/unit/server/leases/lease_fixture.h"

namespace winnow::server {
namespace {

using std::chrono::seconds;
using ::testing::IsEmpty;
using testing::SampleKey;
using testing::SampleStage;

using LeaseFaultsTest = LeaseFixture;

TEST_F(LeaseFaultsTest, LeavesTheStageQueuedWhereAGrantCannotBeStored) {
  faulty_.FailNext(Unavailable("no disk"));
  EXPECT_EQ(Grant().error(), Unavailable("no disk"));
  EXPECT_EQ(table_->size(), 0u);
  MustGrant();
}

TEST_F(LeaseFaultsTest, GoesOnWithALeaseWhoseEndCannotBeStored) {
  const std::string token = MustGrant();
  faulty_.FailNext(ResourceExhausted("disk full"));
  EXPECT_EQ(Succeed(token).error(), ResourceExhausted("disk full"));
  EXPECT_TRUE(table_->Renew(token));
  EXPECT_TRUE(Succeed(token));
}

TEST_F(LeaseFaultsTest, TriesAgainToExpireWhatCouldNotBeStored) {
  const std::string token = MustGrant();
  clock_.Advance(seconds(15));
  faulty_.FailNext(Unavailable("no disk"));
  const auto first = Expire();
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].error(), Unavailable("no disk"));
  EXPECT_FALSE(table_->Renew(token)) << "it is over all the same";
  EXPECT_EQ(TheStage().state, StageState::kRunning);
  const auto second = Expire();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_TRUE(second[0]);
  EXPECT_EQ(TheStage().state, StageState::kQueued);
}

TEST_F(LeaseFaultsTest, AnswersTheRepeatOfAReportWhoseAnswerWasLost) {
  const std::string token = MustGrant();
  EndReport report;
  report.request = RequestRecord{.request_id = "r", .method = "CompleteStage", .reply = "first"};
  faulty_.LoseNext(Unavailable("connection lost"));
  EXPECT_FALSE(Succeed(token, {}, report));
  const Result<EndedLease> repeat = Succeed(token, {}, report);
  ASSERT_TRUE(repeat) << repeat.error().ToString();
  EXPECT_TRUE(repeat->repeated);
  EXPECT_EQ(repeat->reply, "first");
  EXPECT_EQ(TheStage().state, StageState::kSucceeded);
}

TEST_F(LeaseFaultsTest, TakesBackAGrantThatWasStoredAlthoughItSeemedToFail) {
  faulty_.LoseNext(Unavailable("who knows"));
  EXPECT_FALSE(Grant("w1", "r1"));
  EXPECT_EQ(TheStage().state, StageState::kRunning);
  EXPECT_EQ(Grant("w1", "r1").error().reason(), kLeaseLost);
  const auto ends = Expire();
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_TRUE(ends[0]);
  EXPECT_EQ(TheStage().state, StageState::kQueued);
  MustGrant();
}

TEST_F(LeaseFaultsTest, LetsAReportWinThatIsOnItsWayWhenItsTimePasses) {
  const std::string token = MustGrant();
  std::promise<Result<EndedLease>> ended;
  std::vector<Lease> expired;
  {
    testing::CommitGate gate(*store_);
    table_->Succeed(token, {}, {}, [&](Result<EndedLease> end) { ended.set_value(std::move(end)); });
    clock_.Advance(seconds(15));
    expired = table_->ExpireOverdue(nullptr);
  }
  EXPECT_THAT(expired, IsEmpty());
  ASSERT_TRUE(ended.get_future().get());
  EXPECT_EQ(TheStage().state, StageState::kSucceeded);
}

// Whatever order events come in, each stage ends with one success, and no attempt's report counts after its lease.
class LeaseStorm : public ::testing::TestWithParam<unsigned> {};

TEST_P(LeaseStorm, EndsEveryStageOnce) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  constexpr int kStages = 6;
  testing::TempFolder folder;
  testing::FakeClock clock;
  SqliteStoreOptions options;
  options.folder = folder.path();
  std::unique_ptr<Store> store = *SqliteStore::Open(options, &clock);
  ASSERT_TRUE(SubmitAndWait(*store, [](StoreWriter& writer) -> Status {
                for (int i = 0; i < kStages; ++i) {
                  Stage stage = SampleStage(i);
                  stage.max_attempts = 1000;
                  WINNOW_RETURN_IF_ERROR(writer.CreateStage(stage));
                }
                return OkStatus();
              }).ok());
  auto table = std::make_unique<LeaseTable>(store.get(), &clock, LeaseOptions{});
  std::mt19937 random(GetParam());
  const auto below = [&](size_t bound) { return static_cast<size_t>(random() % bound); };
  std::vector<std::string> tokens;  // every one ever granted, lost ones too
  int successes = 0;
  int steps = 0;
  while (successes < kStages && ++steps < 5000) {
    const size_t what = below(10);
    if (what < 4) {
      const auto granted = Wait<GrantedLease>([&](auto done) {
        table->Grant(SampleKey(static_cast<int>(below(kStages))), "w" + std::to_string(below(3)), "", done);
      });
      if (granted) tokens.push_back(granted->lease.token);
    } else if (what < 6) {
      clock.Advance(seconds(1 + below(20)));
      (void)table->ExpireOverdue(nullptr);
    } else if (what == 6) {
      (void)table->EndAll("w" + std::to_string(below(3)), below(2) == 0, nullptr);
    } else if (what == 7) {
      // A restart: old tokens that the store still knows go on.
      ASSERT_TRUE(SubmitAndWait(*store, [](StoreWriter&) { return OkStatus(); }).ok());
      table = std::make_unique<LeaseTable>(store.get(), &clock, LeaseOptions{});
      ASSERT_TRUE(table->Restore().ok());
    } else if (!tokens.empty()) {
      // Half of the time one of the last few, which may still hold.
      const size_t recent = std::min<size_t>(tokens.size(), below(2) == 0 ? 3 : tokens.size());
      const std::string& token = tokens[tokens.size() - 1 - below(recent)];
      const AttemptSuccess success{.result_json = "\"" + token + "\"", .artifacts = {}, .numerics_class = ""};
      const auto ended = Wait<EndedLease>([&](auto done) { table->Succeed(token, success, {}, done); });
      if (ended) ++successes;
    }
  }
  EXPECT_EQ(successes, kStages) << "after " << steps << " steps";
  for (int i = 0; i < kStages; ++i) {
    const Stage stage = *testing::Ask(*store, [&](const StoreReader& reader) { return reader.GetStage(SampleKey(i)); });
    EXPECT_EQ(stage.state, StageState::kSucceeded);
    const auto attempts =
        *testing::Ask(*store, [&](const StoreReader& reader) { return reader.ListAttempts(SampleKey(i)); });
    int succeeded = 0;
    for (const Attempt& attempt : attempts) {
      EXPECT_NE(attempt.state, AttemptState::kRunning);
      succeeded += attempt.state == AttemptState::kSucceeded ? 1 : 0;
    }
    EXPECT_EQ(succeeded, 1);
    EXPECT_EQ(attempts.back().state, AttemptState::kSucceeded);
    EXPECT_EQ(static_cast<int>(attempts.size()), stage.attempt);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, LeaseStorm, ::testing::Range(1u, 9u));

}  // namespace
}  // namespace winnow::server
