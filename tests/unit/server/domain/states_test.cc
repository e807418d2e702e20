#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

#include "server/domain/attempt.h"
#include "server/domain/stage_state.h"
#include "server/domain/sweep_state.h"
#include "server/domain/trial_state.h"

namespace winnow::server {
namespace {

TEST(StageState, MovesOnlyAlongItsArrows) {
  using enum StageState;
  const std::set<std::pair<StageState, StageState>> arrows = {
      {kBlocked, kQueued}, {kBlocked, kFailed},     {kBlocked, kCancelled},    {kQueued, kRunning},
      {kQueued, kFailed},  {kQueued, kCancelled},   {kRunning, kQueued},       {kRunning, kSucceeded},
      {kRunning, kFailed}, {kRunning, kCancelling}, {kCancelling, kSucceeded}, {kCancelling, kCancelled},
      {kFailed, kBlocked}, {kFailed, kQueued},      {kCancelled, kBlocked},    {kCancelled, kQueued}};
  for (const StageState from : kStageStates) {
    for (const StageState to : kStageStates) {
      EXPECT_EQ(MayMove(from, to), arrows.contains({from, to})) << StageStateName(from) << " -> " << StageStateName(to);
    }
  }
}

TEST(StageState, HasDistinctNames) {
  std::set<std::string_view> names;
  for (const StageState state : kStageStates) names.insert(StageStateName(state));
  EXPECT_EQ(names.size(), kStageStates.size());
  EXPECT_FALSE(names.contains("UNSPECIFIED"));
}

TEST(StageCounts, AddUp) {
  StageCounts counts;
  int number = 1;
  for (const StageState state : kStageStates) counts[state] = number++;
  EXPECT_EQ(counts.total(), 1 + 2 + 3 + 4 + 5 + 6 + 7);
  EXPECT_EQ(counts.live(), 1 + 2 + 3 + 6);
  EXPECT_EQ(counts[StageState::kSucceeded], 4);
}

TEST(TrialState, FollowsFromItsStages) {
  using enum StageState;
  const struct {
    std::vector<StageState> stages;
    bool all_planned;
    TrialState expected;
  } rows[] = {
      {{kBlocked, kBlocked, kBlocked}, true, TrialState::kPending},
      {{kQueued, kBlocked}, true, TrialState::kPending},
      {{kRunning, kBlocked}, true, TrialState::kRunning},
      {{kSucceeded, kQueued}, true, TrialState::kRunning},
      {{kSucceeded, kCancelling}, true, TrialState::kRunning},
      {{kSucceeded, kSucceeded}, true, TrialState::kSucceeded},
      {{kSucceeded, kSucceeded}, false, TrialState::kRunning},  // the benchmark is still to be planned
      {{kBlocked, kBlocked}, false, TrialState::kPending},
      {{kSucceeded, kFailed, kCancelled}, true, TrialState::kFailed},
      {{kRunning, kCancelled}, true, TrialState::kCancelled},
      {{kRunning, kFailed}, false, TrialState::kFailed},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(TrialStateOf(row.stages, row.all_planned), row.expected) << "row " << (&row - rows);
  }
}

TEST(SweepState, EndsOnceNothingLiveIsLeft) {
  using enum SweepState;
  const struct {
    SweepState now;
    int live_stages;
    TrialTally trials;
    SweepState expected;
  } rows[] = {
      {kRunning, 1, {.live = 0, .succeeded = 3, .failed = 0, .cancelled = 0}, kRunning},
      {kRunning, 0, {.live = 1, .succeeded = 2, .failed = 0, .cancelled = 0}, kRunning},
      {kRunning, 0, {.live = 0, .succeeded = 3, .failed = 0, .cancelled = 0}, kSucceeded},
      {kRunning, 0, {.live = 0, .succeeded = 2, .failed = 1, .cancelled = 0}, kFailed},
      {kRunning, 0, {.live = 0, .succeeded = 2, .failed = 0, .cancelled = 1}, kFailed},
      {kCancelling, 1, {.live = 0, .succeeded = 0, .failed = 0, .cancelled = 3}, kCancelling},
      {kCancelling, 0, {.live = 0, .succeeded = 1, .failed = 1, .cancelled = 1}, kCancelled},
      {kSucceeded, 0, {.live = 1, .succeeded = 0, .failed = 1, .cancelled = 0}, kSucceeded},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(NextSweepState(row.now, row.live_stages, row.trials), row.expected) << "row " << (&row - rows);
  }
}

TEST(TrialTally, HasAPlaceForEveryState) {
  TrialTally tally;
  for (const TrialState state : {TrialState::kPending, TrialState::kRunning, TrialState::kSucceeded,
                                 TrialState::kFailed, TrialState::kCancelled}) {
    ++CountsIn(tally, state);
  }
  EXPECT_EQ(tally, (TrialTally{.live = 2, .succeeded = 1, .failed = 1, .cancelled = 1}));
}

TEST(States, HaveNames) {
  EXPECT_EQ(TrialStateName(TrialState::kPending), "PENDING");
  EXPECT_EQ(SweepStateName(SweepState::kCancelling), "CANCELLING");
  EXPECT_EQ(AttemptStateName(AttemptState::kGivenBack), "GIVEN_BACK");
  EXPECT_TRUE(IsTerminal(SweepState::kCancelled));
  EXPECT_FALSE(IsTerminal(SweepState::kCancelling));
  EXPECT_TRUE(IsTerminal(TrialState::kFailed));
  EXPECT_FALSE(IsTerminal(TrialState::kPending));
  EXPECT_TRUE(IsUnderLease(StageState::kCancelling));
  EXPECT_FALSE(IsUnderLease(StageState::kQueued));
}

}  // namespace
}  // namespace winnow::server
