// What the agent makes of executors and coordinators that go wrong.
#include <gmock/gmock.h>

#include "agent_fixture.h"
#include "client/lib/artifact_client.h"

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;
using testing::MakeLease;
using testing::WaitFor;

class ExecutorFaultTest : public AgentTest {
 protected:
  // The failure that a train stage with these steps is reported with.
  v1::StageFailure FailureOf(const Json& steps) {
    SetScript({{"train", steps}});
    Start();
    model_.Queue(MakeLease(v1::STAGE_KIND_TRAIN, "a"));
    EXPECT_TRUE(AwaitCompletions(1));
    const v1::CompleteStageRequest completion = Completion(0);
    EXPECT_TRUE(completion.has_failure()) << completion.DebugString();
    return completion.failure();
  }
};

TEST_F(ExecutorFaultTest, ErrorLineIsReportedAsItIs) {
  const v1::StageFailure failure = FailureOf(
      {Step("start"),
       {{"do", "event"},
        {"event",
         {{"event", "error"}, {"code", "INVALID_ARGUMENT"}, {"message", "no layer conv99"}, {"retryable", false}}}},
       {{"do", "exit"}, {"code", 1}}});
  EXPECT_EQ(failure.code(), "INVALID_ARGUMENT");
  EXPECT_EQ(failure.message(), "no layer conv99");
  EXPECT_FALSE(failure.retryable());
}

TEST_F(ExecutorFaultTest, CrashIsRetryableWithItsLastLines) {
  Json steps = {Step("start")};
  for (int i = 1; i <= 60; ++i) steps.push_back({{"do", "log"}, {"text", "line " + std::to_string(i)}});
  steps.push_back({{"do", "crash"}, {"signal", 11}});
  const v1::StageFailure failure = FailureOf(steps);
  EXPECT_THAT(failure.message(), HasSubstr("killed by signal 11"));
  EXPECT_TRUE(failure.retryable());
  EXPECT_THAT(failure.last_lines(), HasSubstr("line 60"));
  EXPECT_THAT(failure.last_lines(), HasSubstr("line 22\n"));
  EXPECT_THAT(failure.last_lines(), Not(HasSubstr("line 20\n")));
}

TEST_F(ExecutorFaultTest, EndWithoutResultIsACrash) {
  const v1::StageFailure failure = FailureOf({Step("start"), {{"do", "exit"}, {"code", 0}}});
  EXPECT_EQ(failure.message(), "the executor ended with exit code 0 and no result");
  EXPECT_TRUE(failure.retryable());
}

TEST_F(ExecutorFaultTest, MalformedLineIsNamed) {
  const v1::StageFailure failure =
      FailureOf({Step("start"), {{"do", "text"}, {"text", "Segment loaded\n"}}, Step("hang")});
  EXPECT_THAT(failure.message(), HasSubstr("event line 2 is no JSON object: \"Segment loaded\""));
  EXPECT_FALSE(failure.retryable());
}

TEST_F(ExecutorFaultTest, EndlessLineIsStopped) {
  const v1::StageFailure failure = FailureOf({Step("start"), {{"do", "huge_line"}, {"bytes", 3 << 20}}, Step("hang")});
  EXPECT_THAT(failure.message(), HasSubstr("event line 2 is longer than 1048576 bytes"));
}

TEST_F(ExecutorFaultTest, TooMuchMemoryIsNamed) {
  const v1::StageFailure failure = FailureOf({Step("start"), {{"do", "allocate"}, {"mib", 300}}, Step("hang")});
  EXPECT_EQ(failure.code(), "RESOURCE_EXHAUSTED");
  EXPECT_THAT(failure.message(), ::testing::MatchesRegex("used [0-9]+ MiB, limit 64 MiB;.*"));
  EXPECT_TRUE(failure.retryable());
}

TEST_F(ExecutorFaultTest, MissingArtifactIsNamed) {
  const v1::StageFailure failure =
      FailureOf({Step("start"),
                 {{"do", "event"},
                  {"event", {{"event", "artifact"}, {"name", "checkpoint"}, {"path", "nowhere"}, {"media_type", "x"}}}},
                 {{"do", "event"}, {"event", {{"event", "result"}, {"values", Json::object()}}}},
                 {{"do", "exit"}, {"code", 0}}});
  EXPECT_THAT(failure.message(), HasSubstr("artifact checkpoint"));
  EXPECT_THAT(failure.message(), HasSubstr("nowhere"));
}

TEST_F(ExecutorFaultTest, ResultThatTheCoordinatorRefusesFailsTheStage) {
  model_.refuse_completion = "result has no accuracy";
  const v1::StageFailure failure = FailureOf({Step("start"), Step("succeed")});
  EXPECT_THAT(failure.message(), HasSubstr("result has no accuracy"));
  EXPECT_FALSE(failure.retryable());
}

TEST_F(AgentTest, MissingDataSetFailsTheAttempt) {
  Start();
  v1::Lease lease = MakeLease(v1::STAGE_KIND_TRAIN, "a");
  lease.set_data_set("fashion-mnist");
  lease.set_data_digest(std::string(64, '1'));
  model_.Queue(lease);
  ASSERT_TRUE(AwaitCompletions(1));
  EXPECT_THAT(Completion(0).failure().message(), HasSubstr("no data set fashion-mnist"));
}

TEST_F(AgentTest, MissingInputFailsTheAttempt) {
  Start();
  v1::Lease lease = MakeLease(v1::STAGE_KIND_TRAIN, "a");
  lease.set_pretrained(client::ArtifactName(std::string(64, '2')));
  model_.Queue(lease);
  ASSERT_TRUE(AwaitCompletions(1));
  EXPECT_EQ(Completion(0).failure().code(), "NOT_FOUND");
  EXPECT_TRUE(Completion(0).failure().retryable());
}

TEST_F(AgentTest, NoCoordinatorWithinThePatienceIsUnavailable) {
  options_.connect_patience = std::chrono::milliseconds(300);
  StartAgent();
  const Status status = Join();
  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("tried unix:"));
}

TEST_F(AgentTest, ACoordinatorOfAnotherVersionIsRefused) {
  options_.connect_patience = std::chrono::milliseconds(300);
  model_.api_version = 7;
  Start();
  const Status status = Join();
  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("speaks version 7"));
}

TEST_F(AgentTest, WaitsForItsNameAndThenSaysWhy) {
  options_.connect_patience = std::chrono::milliseconds(500);
  model_.name_taken = true;
  Start();
  const Status status = Join();
  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("--name"));
}

TEST_F(AgentTest, ComesUpBeforeItsCoordinator) {
  StartAgent();
  StartCoordinator();
  model_.Queue(MakeLease(v1::STAGE_KIND_EVALUATE, "a"));
  EXPECT_TRUE(AwaitCompletions(1));
}

TEST_F(AgentTest, AnExecutorThatCannotRunIsNamed) {
  options_.executor = folder_ / "no-such-program";
  const auto missing = WorkerAgent::Create(options_, SystemClock());
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message(), HasSubstr("no-such-program"));
  EXPECT_THAT(missing.error().message(), HasSubstr("--executor"));
  options_.executor = WINNOW_SCRIPTED_EXECUTOR;
  SetScript({{"describe", R"({"protocol": 2, "versions": {"train": 1}})"}});
  const auto other = WorkerAgent::Create(options_, SystemClock());
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message(), HasSubstr("speaks protocol 2"));
}

}  // namespace
}  // namespace winnow::worker
