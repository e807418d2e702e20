#include "server/store/stage_cache.h"

#include <gtest/gtest.h>

#include "tests/support/store_samples.h"

namespace winnow::server {
namespace {

using testing::SampleKey;
using testing::SampleStage;

TEST(StageCache, KeepsWhatWasAskedForLast) {
  StageCache cache(2);
  cache.Add("a", 1, StageState::kQueued);
  cache.Add("b", 2, StageState::kQueued);
  cache.Add("c", 3, StageState::kQueued);
  ASSERT_NE(cache.Find("a"), nullptr) << "asked for again";
  cache.Add("d", 4, StageState::kQueued);
  cache.Add("e", 5, StageState::kQueued);
  EXPECT_NE(cache.Find("a"), nullptr);
  EXPECT_EQ(cache.Find("b"), nullptr);
  EXPECT_LE(cache.size(), 4u);
}

TEST(StageCache, AddingWhatIsKnownChangesNothing) {
  StageCache cache(2);
  cache.Add("a", 1, StageState::kQueued).places.emplace();
  EXPECT_TRUE(cache.Add("a", 1, StageState::kRunning).places.has_value());
  EXPECT_EQ(cache.Find("a")->state, StageState::kQueued);
}

TEST(StageCache, KnowsTrialsUntilTheyAreMadeAnew) {
  StageCache cache(4);
  Trial trial = testing::SampleTrial("a", "t", 0, 1, 2);
  EXPECT_EQ(cache.TrialsOf(trial.net), nullptr);
  for (const std::string& key : {trial.net, trial.evaluate}) {
    cache.Add(key, 1, StageState::kQueued);
    EXPECT_EQ(cache.TrialsOf(key), nullptr);
    cache.SetTrials(key, {trial});
  }
  trial.state = TrialState::kRunning;
  cache.UpdateTrial(trial, 5);
  for (const std::string& key : {trial.net, trial.evaluate}) {
    ASSERT_NE(cache.TrialsOf(key), nullptr);
    EXPECT_EQ(cache.TrialsOf(key)->at(0).state, TrialState::kRunning);
    EXPECT_EQ(cache.TrialsOf(key)->at(0).revision, 5);
  }
  cache.ForgetTrials();
  EXPECT_EQ(cache.TrialsOf(trial.net), nullptr);
}

TEST(StageCache, FollowsWhatIsWritten) {
  StageCache cache(2);
  Stage stage = SampleStage(1);
  cache.Update(stage, 7);
  EXPECT_EQ(cache.Find(stage.key), nullptr);
  cache.Add(stage.key, 1, stage.state).stage = stage;
  stage.state = StageState::kRunning;
  stage.token = "token";
  stage.start_time = WallTime(std::chrono::microseconds(1234567));
  cache.Update(stage, 7);
  const StageCache::Entry* const entry = cache.Find(SampleKey(1));
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->state, StageState::kRunning);
  EXPECT_EQ(entry->stage->token, "token");
  EXPECT_EQ(entry->stage->revision, 7);
  EXPECT_EQ(entry->stage->start_time, WallTime(std::chrono::milliseconds(1234))) << "as the database keeps it";
  cache.Clear();
  EXPECT_EQ(cache.Find(SampleKey(1)), nullptr);
}

}  // namespace
}  // namespace winnow::server
