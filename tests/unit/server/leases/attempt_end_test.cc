#include "server/leases/attempt_end.h"

#include <gtest/gtest.h>

#include "tests/support/store_samples.h"

namespace winnow::server {
namespace {

using testing::SampleStage;

const AttemptFailure kCrash{.code = "INTERNAL", .message = "crashed", .retryable = true, .last_lines = "boom"};
const AttemptFailure kBadParameters{
    .code = "INVALID_ARGUMENT", .message = "no such layer", .retryable = false, .last_lines = ""};
const AttemptLost kLost{.message = "workers/w was not heard of for 15 s"};
const AttemptSuccess kSuccess{.result_json = "{}", .artifacts = {}, .numerics_class = "n"};

TEST(ApplyEnd, MovesStageAndAttempt) {
  const struct {
    const char* what;
    AttemptEnd end;
    StageState before;
    int failed_before;  // of 2 attempts
    StageState after;
    int failed_after;
    AttemptState attempt;
    const char* reason;
  } rows[] = {
      {"success", kSuccess, StageState::kRunning, 1, StageState::kSucceeded, 1, AttemptState::kSucceeded, ""},
      {"success though cancelled", kSuccess, StageState::kCancelling, 0, StageState::kSucceeded, 0,
       AttemptState::kSucceeded, ""},
      {"first crash", kCrash, StageState::kRunning, 0, StageState::kQueued, 1, AttemptState::kFailed, ""},
      {"last crash", kCrash, StageState::kRunning, 1, StageState::kFailed, 2, AttemptState::kFailed,
       "INTERNAL: crashed (attempt 2 of 2)"},
      {"not retryable", kBadParameters, StageState::kRunning, 0, StageState::kFailed, 1, AttemptState::kFailed,
       "INVALID_ARGUMENT: no such layer"},
      {"crash while cancelled", kCrash, StageState::kCancelling, 0, StageState::kCancelled, 0, AttemptState::kCancelled,
       "cancelled"},
      {"lost", kLost, StageState::kRunning, 0, StageState::kQueued, 1, AttemptState::kLost, ""},
      {"last one lost", kLost, StageState::kRunning, 1, StageState::kFailed, 2, AttemptState::kLost,
       "UNAVAILABLE: workers/w was not heard of for 15 s (attempt 2 of 2)"},
      {"lost while cancelled", kLost, StageState::kCancelling, 1, StageState::kCancelled, 1, AttemptState::kCancelled,
       "cancelled"},
      {"given back", AttemptReturn(), StageState::kRunning, 1, StageState::kQueued, 1, AttemptState::kGivenBack, ""},
      {"given back while cancelled", AttemptReturn(), StageState::kCancelling, 0, StageState::kCancelled, 0,
       AttemptState::kCancelled, "cancelled"},
      {"cancelled", AttemptCancelled(), StageState::kCancelling, 0, StageState::kCancelled, 0, AttemptState::kCancelled,
       "cancelled"},
      {"cancelled by itself", AttemptCancelled(), StageState::kRunning, 0, StageState::kQueued, 0,
       AttemptState::kGivenBack, ""},
  };
  const WallTime now = FromUnixMillis(1700000000000);
  for (const auto& row : rows) {
    Stage stage = SampleStage(1, {}, row.before);
    stage.token = "token";
    stage.failed_attempts = row.failed_before;
    stage.resume = ResumePoint{.digest = "d", .epoch = 1};
    Attempt attempt;
    ApplyEnd(row.end, now, stage, attempt);
    EXPECT_EQ(stage.state, row.after) << row.what;
    EXPECT_EQ(stage.failed_attempts, row.failed_after) << row.what;
    EXPECT_EQ(attempt.state, row.attempt) << row.what;
    EXPECT_EQ(stage.reason, row.reason) << row.what;
    EXPECT_EQ(stage.token, "") << row.what;
    EXPECT_EQ(attempt.end_time, now) << row.what;
    EXPECT_EQ(stage.end_time.has_value(), IsTerminal(row.after)) << row.what;
    EXPECT_EQ(stage.resume.has_value(), row.after != StageState::kSucceeded) << row.what;
  }
}

TEST(ApplyEnd, KeepsTheReasonOfACancel) {
  Stage stage = SampleStage(1, {}, StageState::kCancelling);
  stage.reason = "sweeps/a was cancelled";
  Attempt attempt;
  ApplyEnd(AttemptCancelled(), FromUnixMillis(0), stage, attempt);
  EXPECT_EQ(stage.reason, "sweeps/a was cancelled");
}

TEST(ApplyEnd, KeepsWhatAnAttemptLeft) {
  Stage stage = SampleStage(1, {}, StageState::kRunning);
  Attempt attempt;
  ApplyEnd(kCrash, FromUnixMillis(0), stage, attempt);
  EXPECT_EQ(attempt.code, "INTERNAL");
  EXPECT_EQ(attempt.message, "crashed");
  EXPECT_EQ(attempt.last_lines, "boom");
  stage.state = StageState::kRunning;
  ApplyEnd(AttemptReturn{.resume = ResumePoint{.digest = "new", .epoch = 3}}, FromUnixMillis(0), stage, attempt);
  EXPECT_EQ(stage.resume->epoch, 3);
  stage.state = StageState::kRunning;
  ApplyEnd(AttemptReturn(), FromUnixMillis(0), stage, attempt);
  EXPECT_EQ(stage.resume->epoch, 3) << "given back with nothing new";
}

}  // namespace
}  // namespace winnow::server
