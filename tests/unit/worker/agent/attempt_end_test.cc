#include "worker/agent/attempt_end.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <string>
#include <vector>

namespace winnow::worker {
namespace {

using Kind = AttemptEnd::Kind;

constexpr char kStarted[] = R"({"event":"started","numerics_class":"c"})";
constexpr char kResult[] = R"({"event":"result","values":{}})";
constexpr char kCheckpoint[] = R"({"event":"artifact","name":"checkpoint","path":"x"})";
constexpr char kError[] = R"({"event":"error","code":"DATA_LOSS","message":"bad file","retryable":true})";

const ExitState kExit0{0, 0};
const ExitState kExit1{1, 0};
const ExitState kExit75{75, 0};
const ExitState kExit3{3, 0};
const ExitState kKilled{0, SIGKILL};
const ExitState kTerminated{0, SIGTERM};
const ExitState kFaulted{0, SIGSEGV};

struct Row {
  const char* what;
  StopCause cause;
  ExitState exit;
  std::vector<const char*> lines;
  Kind kind;
  bool retryable;
  const char* message;  // a part of it
};

// What becomes of a `train` stage.
const Row kTable[] = {
    {"all well", StopCause::kNone, kExit0, {kStarted, kCheckpoint, kResult}, Kind::kSuccess, false, ""},
    {"no checkpoint", StopCause::kNone, kExit0, {kStarted, kResult}, Kind::kFailure, false, "without the artifact"},
    {"no result", StopCause::kNone, kExit0, {kStarted, kCheckpoint}, Kind::kFailure, true, "no result"},
    {"an error", StopCause::kNone, kExit1, {kStarted, kError}, Kind::kFailure, true, "bad file"},
    {"exit 1 without error", StopCause::kNone, kExit1, {kStarted}, Kind::kFailure, true, "exit code 1"},
    {"an error and exit 3", StopCause::kNone, kExit3, {kStarted, kError}, Kind::kFailure, true, "exit code 3"},
    {"fails after its result",
     StopCause::kNone,
     kExit3,
     {kStarted, kCheckpoint, kResult},
     Kind::kFailure,
     true,
     "exit code 3 after its result"},
    {"crash", StopCause::kNone, kFaulted, {kStarted}, Kind::kFailure, true, "killed by signal 11"},
    {"crash after its result",
     StopCause::kNone,
     kFaulted,
     {kStarted, kCheckpoint, kResult},
     Kind::kFailure,
     true,
     "killed by signal 11"},
    {"killed by another", StopCause::kNone, kKilled, {kStarted}, Kind::kFailure, true, "when memory runs out"},
    {"SIGTERM from another", StopCause::kNone, kExit75, {kStarted}, Kind::kGivenBack, false, ""},
    {"saved in time", StopCause::kShutdown, kExit75, {kStarted}, Kind::kGivenBack, false, ""},
    {"killed at shutdown", StopCause::kShutdown, kKilled, {kStarted}, Kind::kGivenBack, false, ""},
    {"takes no SIGTERM", StopCause::kShutdown, kTerminated, {}, Kind::kGivenBack, false, ""},
    {"done just then", StopCause::kShutdown, kExit0, {kStarted, kCheckpoint, kResult}, Kind::kSuccess, false, ""},
    {"fails at shutdown", StopCause::kShutdown, kExit1, {kStarted, kError}, Kind::kFailure, true, "bad file"},
    {"memory", StopCause::kMemory, kKilled, {kStarted}, Kind::kFailure, true, "used 3000 MiB, limit 2048 MiB"},
    {"protocol", StopCause::kFault, kKilled, {kStarted}, Kind::kFailure, false, "protocol: event line 4"},
    {"cancelled", StopCause::kCancelled, kKilled, {kStarted}, Kind::kCancelled, false, ""},
    {"cancelled when done",
     StopCause::kCancelled,
     kExit0,
     {kStarted, kCheckpoint, kResult},
     Kind::kCancelled,
     false,
     ""},
    {"lost", StopCause::kLeaseLost, kKilled, {kStarted}, Kind::kDropped, false, ""},
    {"lost when done", StopCause::kLeaseLost, kExit0, {kStarted, kCheckpoint, kResult}, Kind::kDropped, false, ""},
};

TEST(AttemptEnd, FollowsTheTable) {
  for (const Row& row : kTable) {
    AttemptRecord record;
    for (const char* line : row.lines) ASSERT_TRUE(record.Take(line)) << row.what;
    AttemptFacts facts;
    facts.cause = row.cause;
    facts.exit = row.exit;
    facts.fault = "event line 4 is no JSON object";
    facts.used_bytes = uint64_t{3000} << 20;
    facts.limit_bytes = uint64_t{2048} << 20;
    const AttemptEnd end = DecideEnd(facts, record);
    EXPECT_EQ(end.kind, row.kind) << row.what << ": " << end.message;
    EXPECT_EQ(end.retryable, row.retryable) << row.what;
    EXPECT_THAT(end.message, ::testing::HasSubstr(row.message)) << row.what;
    EXPECT_EQ(end.code.empty(), row.kind != Kind::kFailure) << row.what;
  }
}

TEST(AttemptEnd, OnlyStagesThatMakeANetNeedACheckpoint) {
  AttemptRecord record;
  ASSERT_TRUE(record.Take(kStarted));
  ASSERT_TRUE(record.Take(kResult));
  for (const spec::StageKind kind : spec::kStageKinds) {
    AttemptFacts facts;
    facts.kind = kind;
    EXPECT_EQ(DecideEnd(facts, record).kind, spec::MakesNet(kind) ? Kind::kFailure : Kind::kSuccess)
        << spec::StageKindName(kind);
  }
}

TEST(AttemptEnd, TheGreaterCauseCounts) {
  EXPECT_LT(StopCause::kNone, StopCause::kShutdown);
  EXPECT_LT(StopCause::kShutdown, StopCause::kFault);
  EXPECT_LT(StopCause::kFault, StopCause::kMemory);
  EXPECT_LT(StopCause::kMemory, StopCause::kCancelled);
  EXPECT_LT(StopCause::kCancelled, StopCause::kLeaseLost);
}

}  // namespace
}  // namespace winnow::worker
