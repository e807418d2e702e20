// From watch messages to lines and redraws.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "client/cli/display_width.h"
#include "client/cli/progress_display.h"
#include "client/cli/progress_text.h"
#include "client/cli/stall_detector.h"
#include "client/cli/state_text.h"
#include "tests/support/fake_clock.h"

namespace winnow::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

v1::Stage MakeStage(const std::string& key, v1::StageState state, const std::string& label = "train") {
  v1::Stage stage;
  stage.set_name("stages/" + key);
  stage.set_label(label);
  stage.set_state(state);
  stage.set_attempt(1);
  return stage;
}

v1::WatchSweepResponse Message(const std::vector<v1::Stage>& stages, v1::SweepState state = v1::SWEEP_STATE_RUNNING) {
  v1::WatchSweepResponse message;
  message.mutable_sweep()->set_name("sweeps/a");
  message.mutable_sweep()->set_state(state);
  for (const v1::Stage& stage : stages) *message.add_stages() = stage;
  return message;
}

Terminal Screen(int columns = 80, int rows = 24) {
  return DescribeTerminal(true, columns, rows, {"1", "xterm", "", "C.UTF-8"});
}
Terminal Pipe() { return DescribeTerminal(false, 0, 0, {}); }

TEST(SweepProgress, CountsReusedRunningAndEnded) {
  SweepProgress progress;
  EXPECT_FALSE(progress.started());
  progress.Take(Message({MakeStage("a", v1::STAGE_STATE_SUCCEEDED), MakeStage("b", v1::STAGE_STATE_RUNNING),
                         MakeStage("c", v1::STAGE_STATE_BLOCKED)}));
  EXPECT_EQ(progress.found_ended(), 1);
  EXPECT_TRUE(progress.TakeEnded().empty());
  EXPECT_EQ(progress.running(), 1);
  EXPECT_EQ(progress.waiting(), 1);
  progress.Take(Message({MakeStage("b", v1::STAGE_STATE_SUCCEEDED), MakeStage("c", v1::STAGE_STATE_FAILED)}));
  EXPECT_EQ(progress.succeeded_since(), 1);
  EXPECT_EQ(progress.TakeEnded().size(), 2u);
  EXPECT_TRUE(progress.TakeEnded().empty());
  EXPECT_EQ(progress.ended(), 3);
}

TEST(SweepProgress, AStageGivenBackWaitsAgainAndCountsOnce) {
  SweepProgress progress;
  progress.Take(Message({MakeStage("a", v1::STAGE_STATE_RUNNING)}));
  progress.Take(Message({MakeStage("a", v1::STAGE_STATE_QUEUED)}));
  EXPECT_EQ(progress.running(), 0);
  EXPECT_EQ(progress.waiting(), 1);
  progress.Take(Message({MakeStage("a", v1::STAGE_STATE_RUNNING)}));
  EXPECT_EQ(progress.Running().size(), 1u);
  // A repeated message after a lost connection changes nothing.
  progress.Take(Message({MakeStage("a", v1::STAGE_STATE_SUCCEEDED)}));
  progress.Take(Message({MakeStage("a", v1::STAGE_STATE_SUCCEEDED)}));
  EXPECT_EQ(progress.succeeded_since(), 1);
}

TEST(SweepProgress, RunningStagesKeepTheirOrder) {
  SweepProgress progress;
  progress.Take(Message({MakeStage("z", v1::STAGE_STATE_RUNNING)}));
  progress.Take(Message({MakeStage("a", v1::STAGE_STATE_RUNNING)}));
  ASSERT_EQ(progress.running(), 2);
  EXPECT_EQ(progress.Running()[0]->name(), "stages/z");
}

TEST(Bar, ShowsHalves) {
  EXPECT_EQ(Bar(0, 4, true), "    ");
  EXPECT_EQ(Bar(0.125, 4, true), "╸   ");
  EXPECT_EQ(Bar(0.5, 4, true), "━━  ");
  EXPECT_EQ(Bar(1, 4, true), "━━━━");
  EXPECT_EQ(Bar(7, 4, false), "####");
  EXPECT_EQ(Bar(0.0 / 0.0, 4, false), "....");
}

TEST(ProgressText, LinesFitEveryTerminal) {
  SweepProgress progress;
  std::vector<v1::Stage> stages;
  for (int i = 0; i < 40; ++i) {
    v1::Stage stage = MakeStage("k" + std::to_string(i), v1::STAGE_STATE_RUNNING, "winograd_prune f4 s30 w60");
    stage.mutable_progress()->set_done(i);
    stage.mutable_progress()->set_total(40);
    stage.mutable_progress()->set_unit("epochs");
    stage.mutable_progress()->set_note("loss 0.4321 and more words than fit into a narrow line");
    stage.mutable_start_time()->set_seconds(1000);
    stages.push_back(stage);
  }
  progress.Take(Message(stages));
  for (const int columns : {20, 40, 60, 80, 120, 300}) {
    const auto lines = ProgressLines(progress, 1000, 1063, Screen(columns, 12));
    EXPECT_LE(lines.size(), 11u);
    for (const std::string& line : lines) EXPECT_LE(DisplayWidth(line), static_cast<size_t>(columns)) << line;
    EXPECT_NE(lines.back().find("0 of 40"), std::string::npos);
  }
  EXPECT_NE(ProgressLines(progress, 1000, 1063, Screen(120))[4].find("4/40 epochs"), std::string::npos);
}

TEST(ProgressText, EndedLineTellsSecondsAttemptAndReason) {
  v1::Stage stage = MakeStage("a", v1::STAGE_STATE_FAILED, "train");
  stage.set_attempt(3);
  stage.set_reason("out of\nmemory");
  stage.mutable_start_time()->set_seconds(100);
  stage.mutable_end_time()->set_seconds(104);
  stage.mutable_end_time()->set_nanos(200000000);
  EXPECT_EQ(EndedLine(stage, 3, 12, Pipe()), "[ 3/12] train failed in 4.2 s, attempt 3: out of memory");
}

TEST(ProgressDisplay, WritesPlainLinesElsewhere) {
  std::ostringstream out;
  testing::FakeClock clock;
  ProgressDisplay display(&out, Pipe, &clock);
  display.Take(Message({MakeStage("a", v1::STAGE_STATE_SUCCEEDED), MakeStage("b", v1::STAGE_STATE_RUNNING)}));
  display.Take(Message({MakeStage("b", v1::STAGE_STATE_SUCCEEDED, "evaluate dense")}));
  display.Finish();
  EXPECT_EQ(out.str(),
            "1 of 2 stages had been run before and are reused\n"
            "[2/2] evaluate dense succeeded\n");
  EXPECT_EQ(clock.pending_timers(), 0u);
}

TEST(ProgressDisplay, RedrawsAtMostTenTimesASecond) {
  std::ostringstream out;
  testing::FakeClock clock;
  ProgressDisplay display(
      &out, [] { return Screen(); }, &clock);
  const auto draws = [&] {
    const std::string text = out.str();
    size_t count = 0;
    for (size_t at = 0; (at = text.find("\x1b[J", at)) != std::string::npos; ++at) ++count;
    return count;
  };
  for (int i = 0; i < 100; ++i) {
    display.Take(Message({MakeStage("a", v1::STAGE_STATE_RUNNING)}));
    clock.Advance(milliseconds(10));
  }
  EXPECT_GE(draws(), 5u);
  EXPECT_LE(draws(), 11u);
  // Without messages it goes on once a second, for the time.
  const size_t before = draws();
  clock.Advance(seconds(5));
  EXPECT_EQ(draws(), before + 5);
  display.Finish();
  const std::string text = out.str();
  EXPECT_EQ(clock.pending_timers(), 0u);
  clock.Advance(seconds(5));
  EXPECT_EQ(out.str(), text);
}

TEST(ProgressDisplay, KeepsFailuresAndNotesAboveTheBars) {
  std::ostringstream out;
  testing::FakeClock clock;
  ProgressDisplay display(
      &out, [] { return Screen(); }, &clock);
  display.Take(Message({MakeStage("a", v1::STAGE_STATE_RUNNING)}));
  clock.Advance(milliseconds(200));
  v1::Stage failed = MakeStage("a", v1::STAGE_STATE_FAILED);
  failed.set_reason("crashed");
  display.Take(Message({failed}));
  display.Note("noted");
  display.Finish();
  EXPECT_NE(out.str().find("train failed: crashed\x1b[K\n"), std::string::npos);
  EXPECT_NE(out.str().find("noted\x1b[K\n"), std::string::npos);
  // The last thing written takes the bars away.
  EXPECT_TRUE(out.str().ends_with("\x1b[J"));
}

TEST(StallDetector, NeedsPatienceWithoutAnyMove) {
  const SteadyTime start{};
  SweepProgress progress;
  progress.Take(Message({MakeStage("a", v1::STAGE_STATE_QUEUED), MakeStage("b", v1::STAGE_STATE_BLOCKED)}));
  StallDetector stall(start);
  EXPECT_FALSE(stall.IsStalled(progress, start));
  EXPECT_FALSE(stall.IsStalled(progress, start + seconds(4)));
  EXPECT_TRUE(stall.IsStalled(progress, start + seconds(5)));
  progress.Take(Message({MakeStage("a", v1::STAGE_STATE_RUNNING)}));
  EXPECT_FALSE(stall.IsStalled(progress, start + seconds(60)));
  progress.Take(Message({MakeStage("a", v1::STAGE_STATE_SUCCEEDED)}));
  EXPECT_FALSE(stall.IsStalled(progress, start + seconds(70)));
  EXPECT_TRUE(stall.IsStalled(progress, start + seconds(75)));
  progress.Take(Message({}, v1::SWEEP_STATE_CANCELLED));
  EXPECT_FALSE(stall.IsStalled(progress, start + seconds(90)));
}

TEST(StallDetector, ReasonsOnceEach) {
  SweepProgress progress;
  std::vector<v1::Stage> stages;
  for (const char* key : {"a", "b", "c"}) {
    stages.push_back(MakeStage(key, v1::STAGE_STATE_QUEUED));
    stages.back().set_reason(std::string(key) == "c" ? "no memory" : "no data");
  }
  progress.Take(Message(stages));
  EXPECT_EQ(StuckReasons(progress), "no data\nno memory");
}

TEST(StateText, IsLowerCaseWithoutPrefix) {
  EXPECT_EQ(StateText(v1::SWEEP_STATE_CANCELLING), "cancelling");
  EXPECT_EQ(StateText(v1::STAGE_STATE_BLOCKED), "blocked");
  EXPECT_EQ(StateText(v1::TRIAL_STATE_PENDING), "pending");
  EXPECT_EQ(StateText(v1::WORKER_STATE_ALIVE), "alive");
  EXPECT_EQ(KindText(v1::STAGE_KIND_WINOGRAD_PRUNE), "winograd_prune");
  EXPECT_EQ(StateText(static_cast<v1::SweepState>(99)), "unknown");
}

}  // namespace
}  // namespace winnow::cli
