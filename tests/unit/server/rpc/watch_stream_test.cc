// WatchSweep over the API.
#include "server/rpc/watch_stream.h"

#include <gmock/gmock.h>

#include <future>

#include "tests/support/store_samples.h"
#include "tests/unit/server/rpc/rpc_fixture.h"

namespace winnow::server {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "train QUEUED", in the order of the message.
std::vector<std::string> StatesIn(const v1::WatchSweepResponse& message) {
  std::vector<std::string> states;
  for (const v1::Stage& stage : message.stages()) {
    states.push_back(stage.label() + " " + v1::StageState_Name(stage.state()).substr(sizeof("STAGE_STATE_") - 1));
  }
  return states;
}

class WatchStreamTest : public RpcFixture {
 protected:
  WatchStreamTest() {
    EXPECT_TRUE(worker_.Register().ok());
    MustSubmit(*api_, SmallSpec("a"));
  }

  // Without a pause between messages: the clock stands still.
  Stream<v1::WatchSweepResponse> Watch(int64_t after = 0) {
    return api_->Open(&SweepStub::WatchSweep,
                      "name: 'sweeps/a' min_interval {} after_revision: " + std::to_string(after));
  }

  ScriptedWorker worker_{api_.get(), "w"};
};

TEST_F(WatchStreamTest, TheFirstMessageHasEverything) {
  auto watch = Watch();
  const auto first = watch.Next();
  ASSERT_TRUE(first);
  EXPECT_THAT(StatesIn(*first), ElementsAre("train QUEUED", "evaluate dense BLOCKED", "spatial_prune f4 s30 BLOCKED",
                                            "winograd_prune f4 s30 w50 BLOCKED", "evaluate f4 s30 w50 BLOCKED"));
  EXPECT_EQ(first->sweep().name(), "sweeps/a");
  EXPECT_EQ(first->sweep().state(), v1::SWEEP_STATE_RUNNING);
  EXPECT_EQ(first->sweep().spec_json(), "") << "left out";
  EXPECT_GT(first->revision(), 0);
}

TEST_F(WatchStreamTest, ThenWhatChangesUntilTheSweepHasEnded) {
  auto watch = Watch();
  ASSERT_TRUE(watch.Next());
  auto rest = std::async(std::launch::async, [&] { return watch.All(); });
  EXPECT_EQ(worker_.RunAll(), 5);
  const std::vector<v1::WatchSweepResponse> messages = rest.get();
  ASSERT_FALSE(messages.empty());
  EXPECT_TRUE(watch.Finish().ok());
  EXPECT_EQ(messages.back().sweep().state(), v1::SWEEP_STATE_SUCCEEDED);
  EXPECT_EQ(messages.back().sweep().stage_counts().succeeded(), 5);
  std::map<std::string, v1::StageState> last;
  int64_t revision = 0;
  for (const v1::WatchSweepResponse& message : messages) {
    EXPECT_GE(message.revision(), revision);
    revision = message.revision();
    for (const v1::Stage& stage : message.stages()) {
      last[stage.label()] = stage.state();
      EXPECT_EQ(stage.result_json(), "") << "left out";
    }
  }
  EXPECT_EQ(last.size(), 5u) << "every stage has changed";
  for (const auto& [label, state] : last) EXPECT_EQ(state, v1::STAGE_STATE_SUCCEEDED) << label;
}

TEST_F(WatchStreamTest, ResumesByRevision) {
  int64_t seen = 0;
  {
    auto watch = Watch();
    const auto first = watch.Next();
    ASSERT_TRUE(first);
    seen = first->revision();
    watch.Cancel();
    EXPECT_EQ(watch.Finish().code, grpc::StatusCode::CANCELLED);
  }
  ASSERT_TRUE(worker_.Acquire());  // meanwhile train runs
  auto watch = Watch(seen);
  const auto next = watch.Next();
  ASSERT_TRUE(next);
  EXPECT_THAT(StatesIn(*next), ElementsAre("train RUNNING")) << "and nothing that was seen before";
  EXPECT_GT(next->revision(), seen);
}

TEST_F(WatchStreamTest, ShowsProgress) {
  const auto lease = worker_.Acquire();
  ASSERT_TRUE(lease);
  auto watch = Watch();
  ASSERT_TRUE(watch.Next());
  ASSERT_TRUE(api_->Call(&WorkerStub::ReportProgress,
                         "token: '" + lease->token() + "' progress { done: 2 total: 10 unit: 'epochs' }")
                  .ok());
  const auto next = watch.Next();
  ASSERT_TRUE(next);
  ASSERT_EQ(next->stages_size(), 1);
  EXPECT_EQ(next->stages(0).progress().done(), 2.0);
}

TEST_F(WatchStreamTest, AnEndedSweepIsToldAtOnce) {
  EXPECT_EQ(worker_.RunAll(), 5);
  auto watch = Watch();
  const std::vector<v1::WatchSweepResponse> all = watch.All();
  EXPECT_TRUE(watch.Finish().ok());
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].sweep().state(), v1::SWEEP_STATE_SUCCEEDED);
  EXPECT_EQ(all[0].stages_size(), 5);

  auto resumed = Watch(all[0].revision());
  const std::vector<v1::WatchSweepResponse> rest = resumed.All();
  EXPECT_TRUE(resumed.Finish().ok());
  ASSERT_EQ(rest.size(), 1u) << "the final state, even where it has been seen";
  EXPECT_EQ(rest[0].sweep().state(), v1::SWEEP_STATE_SUCCEEDED);
  EXPECT_THAT(StatesIn(rest[0]), IsEmpty());
}

TEST_F(WatchStreamTest, EndsWithACancelledSweep) {
  auto watch = Watch();
  ASSERT_TRUE(watch.Next());
  ASSERT_TRUE(api_->Call(&SweepStub::CancelSweep, "request_id: '" + NewUuid() + "' name: 'sweeps/a'").ok());
  const std::vector<v1::WatchSweepResponse> rest = watch.All();
  EXPECT_TRUE(watch.Finish().ok());
  ASSERT_FALSE(rest.empty());
  EXPECT_EQ(rest.back().sweep().state(), v1::SWEEP_STATE_CANCELLED);
}

TEST_F(WatchStreamTest, AClientThatHasGoneIsForgotten) {
  auto watch = Watch();
  ASSERT_TRUE(watch.Next());
  ASSERT_TRUE(testing::WaitFor([&] { return coordinator_->figures().watchers == 1; }));
  watch.Cancel();
  EXPECT_TRUE(testing::WaitFor([&] { return coordinator_->figures().watchers == 0; }));
  EXPECT_EQ(watch.Finish().code, grpc::StatusCode::CANCELLED);
}

// A large graph goes out in messages that every client takes; one that is cut off in between has seen nothing of it.
TEST(ToMessages, CutsALargeUpdate) {
  SweepUpdate update;
  update.revision = 9;
  update.sweep = testing::SampleSweep("a");
  constexpr int kStages = 40;
  for (int i = 0; i < kStages; ++i) {
    Stage stage = testing::SampleStage(i);
    stage.parameters_json.assign(100000, 'x');
    update.stages.push_back({std::move(stage), std::nullopt});
  }
  const std::vector<v1::WatchSweepResponse> messages = ToMessages(update, 4);
  ASSERT_GT(messages.size(), 2u);
  int stages = 0;
  for (size_t i = 0; i < messages.size(); ++i) {
    EXPECT_LT(messages[i].ByteSizeLong(), size_t{4} << 20);
    EXPECT_EQ(messages[i].revision(), i + 1 == messages.size() ? 9 : 4) << i;
    EXPECT_EQ(messages[i].sweep().name(), "sweeps/a");
    for (const v1::Stage& stage : messages[i].stages()) {
      EXPECT_EQ(stage.name(), "stages/" + testing::SampleKey(stages++)) << "in order";
    }
  }
  EXPECT_EQ(stages, kStages);
}

TEST(ToMessages, IsOneMessageEvenWithoutStages) {
  SweepUpdate update;
  update.revision = 9;
  update.sweep = testing::SampleSweep("a");
  const std::vector<v1::WatchSweepResponse> messages = ToMessages(update, 4);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].revision(), 9);
}

}  // namespace
}  // namespace winnow::server
