#include "worker/stage/event_writer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/durable_file.h"
#include "base/unique_fd.h"
#include "tests/support/fake_clock.h"

namespace winnow::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A writer to an unnamed file, and the lines in it.
class EventWriterTest : public ::testing::Test {
 protected:
  EventWriterTest() : file_(::open("/tmp", O_TMPFILE | O_RDWR, 0600)), writer_(file_.get(), &clock_) {}

  std::vector<std::string> Lines() {
    std::string content;
    char buffer[4096];
    off_t at = 0;
    for (ssize_t n; (n = ::pread(file_.get(), buffer, sizeof buffer, at)) > 0; at += n) {
      content.append(buffer, static_cast<size_t>(n));
    }
    std::vector<std::string> lines;
    std::istringstream stream(content);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
  }

  testing::FakeClock clock_;
  UniqueFd file_;
  EventWriter writer_;
};

// The lines an agent reads: docs/formats.md section 4. A change here is a change of the protocol.
TEST_F(EventWriterTest, WritesTheLinesOfTheProtocol) {
  writer_.Started({.numerics_class = "isa=avx512;threads=2", .resumed_epoch = 3, .restarted_because = ""});
  writer_.Progress(1.5, 4, "epochs", "loss 0.5");
  writer_.Measurement("train_loss", 2, 0.25);
  writer_.ResumePoint("resume-a.safetensors", 2);
  writer_.Artifact("checkpoint", "checkpoint.safetensors", "application/x-safetensors");
  ASSERT_TRUE(writer_.Result({{"accuracy", 0.5}}).ok());
  writer_.Error(InvalidArgument("no"), false);
  EXPECT_THAT(Lines(),
              ElementsAre("{\"event\":\"started\",\"numerics_class\":\"isa=avx512;threads=2\",\"pid\":" +
                              std::to_string(::getpid()) + ",\"restarted_because\":\"\",\"resumed_epoch\":3}",
                          R"({"done":1.5,"event":"progress","note":"loss 0.5","total":4.0,"unit":"epochs"})",
                          R"({"event":"measurement","name":"train_loss","step":2,"value":0.25})",
                          R"({"epoch":2,"event":"resume_point","path":"resume-a.safetensors"})",
                          R"({"event":"artifact","media_type":"application/x-safetensors","name":"checkpoint",)"
                          R"("path":"checkpoint.safetensors"})",
                          R"({"event":"result","values":{"accuracy":0.5}})",
                          R"({"code":"INVALID_ARGUMENT","event":"error","message":"no","retryable":false})"));
}

TEST_F(EventWriterTest, LetsProgressThroughFourTimesASecondAndAtTheEnd) {
  for (int i = 1; i <= 100; ++i) {
    writer_.Progress(i, 100, "images", "");
    clock_.Advance(std::chrono::milliseconds(50));
  }
  // At 0, 250, ... 4750 ms, and 100 of 100 at 4950 ms.
  EXPECT_EQ(Lines().size(), 21U);
  EXPECT_THAT(Lines().back(), HasSubstr("\"done\":100.0"));
}

TEST_F(EventWriterTest, WritesNoNumbersThatJsonDoesNotHave) {
  writer_.Measurement("train_loss", 1, std::nan(""));
  writer_.Measurement("train_loss", 1, INFINITY);
  EXPECT_TRUE(Lines().empty());
}

TEST_F(EventWriterTest, RefusesAResultLongerThanALineMayBe) {
  const Status status = writer_.Result({{"text", std::string(EventWriter::kMaxLineBytes, 'x')}});
  EXPECT_EQ(status.code(), StatusCode::kOutOfRange);
  EXPECT_TRUE(Lines().empty());
}

TEST_F(EventWriterTest, ShortensAnErrorInTheMiddle) {
  std::string message("begin");
  message.append(EventWriter::kMaxLineBytes, 'x').append("end");
  writer_.Error(Internal(message), true);
  ASSERT_EQ(Lines().size(), 1U);
  EXPECT_LT(Lines()[0].size(), size_t{70000});
  EXPECT_THAT(Lines()[0], HasSubstr("begin"));
  EXPECT_THAT(Lines()[0], HasSubstr("end\""));
}

TEST_F(EventWriterTest, NeverMixesLinesOfSeveralThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 200; ++i) writer_.Measurement(std::string(100, static_cast<char>('a' + t)), i, i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::vector<std::string> lines = Lines();
  ASSERT_EQ(lines.size(), 800U);
  for (const std::string& line : lines) ASSERT_TRUE(ParseJson(line)) << line;
}

TEST_F(EventWriterTest, RemembersThatALineCouldNotBeWritten) {
  EventWriter closed(-1, &clock_);
  closed.Started({"class"});
  EXPECT_TRUE(closed.failed());
  EXPECT_TRUE(closed.has_started());
  EXPECT_FALSE(writer_.failed());
}

}  // namespace
}  // namespace winnow::worker
