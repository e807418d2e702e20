// Streams of what changes: complete, merged, resumable, and ended with the sweep.
#include <gmock/gmock.h>

#include <condition_variable>
#include <deque>
#include <mutex>

#include "tests/unit/server/coordinator/coordinator_fixture.h"

namespace winnow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

// A client that takes an update when told to.
class WatchClient {
 public:
  WatchClient(WatchHub* hub, const std::string& sweep, int64_t after, Duration interval = 0s)
      : hub_(hub), id_(hub->NewId()) {
    hub_->Watch(id_, sweep, after, interval, [this](Result<SweepUpdate> update) {
      std::lock_guard lock(mutex_);
      updates_.push_back(std::move(update));
      changed_.notify_all();
    });
  }
  ~WatchClient() { hub_->Stop(id_); }

  // The next update, which it then has taken.
  Result<SweepUpdate> Next() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, 30s, [this] { return !updates_.empty(); })) {
      return Err(DeadlineExceeded("no update within 30 s"));
    }
    Result<SweepUpdate> update = std::move(updates_.front());
    updates_.pop_front();
    return update;
  }
  void Take() { hub_->Taken(id_); }
  size_t waiting() {
    std::lock_guard lock(mutex_);
    return updates_.size();
  }

 private:
  WatchHub* const hub_;
  const WatchHub::WatcherId id_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Result<SweepUpdate>> updates_;
};

std::vector<std::string> StatesIn(const SweepUpdate& update) {
  std::vector<std::string> states;
  for (const StageView& view : update.stages) {
    states.push_back(view.stage.label + " " + std::string(StageStateName(view.stage.state)));
  }
  return states;
}

class WatchTest : public CoordinatorFixture {};

TEST_F(WatchTest, SendsAllThenWhatChangesThenTheEnd) {
  ASSERT_TRUE(Register(Worker("w")));
  ASSERT_TRUE(Create(Spec("a")));
  WatchClient client(&coordinator_->watches(), "a", 0);
  const auto first = client.Next();
  ASSERT_TRUE(first) << first.error().ToString();
  EXPECT_THAT(StatesIn(*first), ElementsAre("train QUEUED", "evaluate dense BLOCKED", "spatial_prune f4 s30 BLOCKED",
                                            "winograd_prune f4 s30 w50 BLOCKED", "evaluate f4 s30 w50 BLOCKED"));
  EXPECT_EQ(first->sweep.state, SweepState::kRunning);
  client.Take();
  MustAcquire("w", "train");
  const auto second = client.Next();
  ASSERT_TRUE(second);
  EXPECT_THAT(StatesIn(*second), ElementsAre("train RUNNING"));
  EXPECT_GT(second->revision, first->revision);
  client.Take();
  ASSERT_TRUE(Cancel("a"));
  const auto third = client.Next();
  ASSERT_TRUE(third);
  EXPECT_EQ(third->sweep.state, SweepState::kCancelling);
  client.Take();
  Advance(kTtl + 1s);  // the worker is gone
  Result<SweepUpdate> last = client.Next();
  while (last && !last->is_last) {
    client.Take();
    last = client.Next();
  }
  ASSERT_TRUE(last) << last.error().ToString();
  EXPECT_EQ(last->sweep.state, SweepState::kCancelled);
  EXPECT_EQ(coordinator_->watches().size(), 0u);
}

TEST_F(WatchTest, MergesForASlowClient) {
  ASSERT_TRUE(Register(Worker("w")));
  ASSERT_TRUE(Create(Spec("a")));
  WatchClient client(&coordinator_->watches(), "a", 0);
  ASSERT_TRUE(client.Next());  // and does not take it yet
  RunOne("w", "train");
  RunOne("w", "spatial_prune f4 s30");
  Flush();
  EXPECT_EQ(client.waiting(), 0u);
  client.Take();
  const auto merged = client.Next();
  ASSERT_TRUE(merged);
  EXPECT_THAT(StatesIn(*merged), ElementsAre("train SUCCEEDED", "evaluate dense QUEUED",
                                             "spatial_prune f4 s30 SUCCEEDED", "winograd_prune f4 s30 w50 QUEUED"));
}

TEST_F(WatchTest, KeepsTheInterval) {
  ASSERT_TRUE(Register(Worker("w")));
  ASSERT_TRUE(Create(Spec("a")));
  WatchClient client(&coordinator_->watches(), "a", 0, 5s);
  ASSERT_TRUE(client.Next());
  client.Take();
  RunOne("w", "train");
  ASSERT_TRUE(Renew("w", {}));
  clock_.Advance(4s);
  EXPECT_EQ(client.waiting(), 0u);
  clock_.Advance(2s);
  const auto next = client.Next();
  ASSERT_TRUE(next);
  EXPECT_THAT(StatesIn(*next), ElementsAre("train SUCCEEDED", "evaluate dense QUEUED", "spatial_prune f4 s30 QUEUED"));
}

TEST_F(WatchTest, ResumesFromARevision) {
  ASSERT_TRUE(Register(Worker("w")));
  ASSERT_TRUE(Create(Spec("a")));
  int64_t seen = 0;
  {
    WatchClient client(&coordinator_->watches(), "a", 0);
    const auto first = client.Next();
    ASSERT_TRUE(first);
    seen = first->revision;
  }
  RunOne("w", "train");
  WatchClient client(&coordinator_->watches(), "a", seen);
  const auto next = client.Next();
  ASSERT_TRUE(next);
  EXPECT_THAT(StatesIn(*next), ElementsAre("train SUCCEEDED", "evaluate dense QUEUED", "spatial_prune f4 s30 QUEUED"));
}

TEST_F(WatchTest, SendsProgressWithoutACommit) {
  ASSERT_TRUE(Register(Worker("w")));
  ASSERT_TRUE(Create(Spec("a")));
  const GrantedLease train = MustAcquire("w", "train");
  WatchClient client(&coordinator_->watches(), "a", 0);
  ASSERT_TRUE(client.Next());
  client.Take();
  Awaited<bool> reported;
  ReportCommand report;
  report.token = train.lease.token;
  report.progress = StageProgress{2, 10, "epochs", "lr 0.1"};
  coordinator_->workers().Report(report, reported.done());
  ASSERT_TRUE(reported.Get());
  const auto next = client.Next();
  ASSERT_TRUE(next);
  ASSERT_THAT(StatesIn(*next), ElementsAre("train RUNNING"));
  EXPECT_EQ(next->stages[0].progress, report.progress);
}

TEST_F(WatchTest, TellsWhyStagesWait) {
  ASSERT_TRUE(Create(Spec("a")));
  WatchClient client(&coordinator_->watches(), "a", 0);
  auto update = client.Next();
  ASSERT_TRUE(update);
  if (update->stages[0].stage.reason.empty()) {  // it may have been read before the first look at the queues
    client.Take();
    Advance(1s);
    update = client.Next();
    ASSERT_TRUE(update);
  }
  EXPECT_THAT(update->stages[0].stage.reason, ::testing::HasSubstr("no worker is connected"));
  client.Take();
  ASSERT_TRUE(Register(Worker("w")));
  update = client.Next();
  ASSERT_TRUE(update);
  EXPECT_EQ(update->stages[0].stage.label, "train");
  EXPECT_EQ(update->stages[0].stage.reason, "");
}

TEST_F(WatchTest, ASweepThatHasEndedHasOneUpdate) {
  ASSERT_TRUE(Create(Spec("a")));
  ASSERT_TRUE(Cancel("a"));
  WatchClient client(&coordinator_->watches(), "a", 0);
  const auto only = client.Next();
  ASSERT_TRUE(only);
  EXPECT_TRUE(only->is_last);
  EXPECT_EQ(only->stages.size(), 5u);
  WatchClient resumed(&coordinator_->watches(), "a", only->revision);
  const auto end = resumed.Next();
  ASSERT_TRUE(end);
  EXPECT_TRUE(end->is_last);
  EXPECT_THAT(end->stages, IsEmpty());
}

TEST_F(WatchTest, EndsWithAnErrorWhereThereIsNone) {
  WatchClient unknown(&coordinator_->watches(), "nope", 0);
  EXPECT_EQ(unknown.Next().error().code(), StatusCode::kNotFound);
  ASSERT_TRUE(Create(Spec("a")));
  WatchClient client(&coordinator_->watches(), "a", 0);
  ASSERT_TRUE(client.Next());
  client.Take();
  coordinator_->Stop();
  EXPECT_EQ(client.Next().error().code(), StatusCode::kUnavailable);
  WatchClient late(&coordinator_->watches(), "a", 0);
  EXPECT_EQ(late.Next().error().code(), StatusCode::kUnavailable);
}

}  // namespace
}  // namespace winnow::server
