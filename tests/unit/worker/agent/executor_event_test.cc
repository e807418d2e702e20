#include "worker/agent/executor_event.h"

#include <gmock/gmock.h>

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;

TEST(ExecutorEvent, ReadsEachKind) {
  const auto started = ParseExecutorEvent(
      R"({"event":"started","numerics_class":"avx2;1","resumed_epoch":3,"restarted_because":"","pid":7})");
  ASSERT_TRUE(started);
  EXPECT_EQ(std::get<StartedLine>(*started).numerics_class, "avx2;1");
  EXPECT_EQ(std::get<StartedLine>(*started).resumed_epoch, 3);

  const auto progress = ParseExecutorEvent(R"({"event":"progress","done":1.5,"total":4,"unit":"epochs","note":"n"})");
  ASSERT_TRUE(progress);
  EXPECT_EQ(std::get<ProgressLine>(*progress).done, 1.5);
  EXPECT_EQ(std::get<ProgressLine>(*progress).unit, "epochs");

  const auto measurement = ParseExecutorEvent(R"({"event":"measurement","name":"loss","step":2,"value":0.25})");
  ASSERT_TRUE(measurement);
  EXPECT_EQ(std::get<MeasurementLine>(*measurement).step, 2);

  const auto resume = ParseExecutorEvent(R"({"event":"resume_point","path":"r/1.safetensors","epoch":1})");
  ASSERT_TRUE(resume);
  EXPECT_EQ(std::get<ResumePointLine>(*resume).path, "r/1.safetensors");

  const auto artifact = ParseExecutorEvent(R"({"event":"artifact","name":"checkpoint","path":"c","media_type":"m"})");
  ASSERT_TRUE(artifact);
  EXPECT_EQ(std::get<ArtifactLine>(*artifact).name, "checkpoint");

  const auto result = ParseExecutorEvent(R"({"event":"result","values":{"b":1,"a":[2]}})");
  ASSERT_TRUE(result);
  EXPECT_EQ(std::get<ResultLine>(*result).values_json, R"({"a":[2],"b":1})");

  const auto error = ParseExecutorEvent(R"({"event":"error","code":"NOT_FOUND","message":"m","retryable":true})");
  ASSERT_TRUE(error);
  EXPECT_TRUE(std::get<ErrorLine>(*error).retryable);
}

struct BadLine {
  const char* line;
  const char* why;
};

TEST(ExecutorEvent, NamesWhatIsWrongWithALine) {
  const BadLine lines[] = {
      {"", "is no JSON object"},
      {"hello", "is no JSON object: \"hello\""},
      {"[1]", "is no JSON object"},
      {R"({"event":"started"})", "has no \"numerics_class\""},
      {R"({"evnt":"started"})", "has no \"event\""},
      {R"({"event":"dance"})", "unknown event"},
      {R"({"event":7})", "\"event\" must be a string"},
      {R"({"event":"measurement","name":"loss","step":1,"value":"x"})", "\"value\" must be a number"},
      {R"({"event":"measurement","name":"loss","step":-1,"value":1})", "\"step\" must be an integer from 0"},
      {R"({"event":"measurement","name":"loss","step":1.5,"value":1})", "\"step\" must be an integer from 0"},
      {R"({"event":"resume_point","path":"/etc/passwd","epoch":1})", "below the output folder"},
      {R"({"event":"artifact","name":"a","path":"x/../../y"})", "below the output folder"},
      {R"({"event":"artifact","name":"a","path":""})", "below the output folder"},
      {R"({"event":"result","values":[1]})", "\"values\" must be an object"},
      {R"({"event":"error","code":"X","message":"m","retryable":1})", "\"retryable\" must be true or false"},
  };
  for (const BadLine& bad : lines) {
    const auto event = ParseExecutorEvent(bad.line);
    ASSERT_FALSE(event) << bad.line;
    EXPECT_EQ(event.error().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(event.error().message(), HasSubstr(bad.why));
  }
}

TEST(ExecutorEvent, QuotesOnlyTheBeginningOfALongLine) {
  const auto event = ParseExecutorEvent(std::string(5000, 'x'));
  ASSERT_FALSE(event);
  EXPECT_LT(event.error().message().size(), 200u);
  const auto huge = ParseExecutorEvent(std::string(kMaxEventLineBytes + 1, 'x'));
  ASSERT_FALSE(huge);
  EXPECT_THAT(huge.error().message(), HasSubstr("is longer than 1048576 bytes"));
}

TEST(ExecutorEvent, ReadsAsText) {
  EXPECT_EQ(LogText(StartedLine{"avx2;1", 3, ""}), "started (avx2;1), resumed after epoch 3");
  EXPECT_EQ(LogText(StartedLine{"a", 0, "another class"}), "started (a), from the beginning: another class");
  EXPECT_EQ(LogText(MeasurementLine{"loss", 2, 0.25}), "measurement loss at step 2: 0.25");
  EXPECT_EQ(LogText(ErrorLine{"NOT_FOUND", "no file", false}), "error NOT_FOUND: no file");
  EXPECT_EQ(LogText(ProgressLine{}), "");
}

}  // namespace
}  // namespace winnow::worker
