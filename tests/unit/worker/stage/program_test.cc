// winnow-stage as a process: signals, lifeline, descriptions, exit statuses.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>

#include "base/durable_file.h"
#include "base/json.h"
#include "base/subprocess.h"
#include "tests/unit/worker/stage/tiny_stage.h"

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;

class ProgramTest : public ::testing::Test {
 protected:
  Subprocess Start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), WINNOW_STAGE_PROGRAM);
    SubprocessOptions options;
    options.command = std::move(arguments);
    options.capture_stderr = false;
    Result<Subprocess> child = Subprocess::Start(options);
    EXPECT_TRUE(child) << child.error().ToString();
    return *std::move(child);
  }

  std::string WriteRequest(const Json& request) {
    const std::filesystem::path file = folder_.path() / "request.json";
    EXPECT_TRUE(WriteFileDurably(file, DumpJson(request)).ok());
    return file.string();
  }

  // Reads stdout until it holds `text` or ends; the watchdog of ctest ends a test that waits for ever.
  static std::string ReadUntil(const Subprocess& child, const std::string& text) {
    std::string read;
    char buffer[4096];
    while (text.empty() || read.find(text) == std::string::npos) {
      const ssize_t n = ::read(child.stdout_fd(), buffer, sizeof buffer);
      if (n <= 0) break;
      read.append(buffer, static_cast<size_t>(n));
    }
    return read;
  }

  TestFolder folder_;
};

TEST_F(ProgramTest, DescribesItself) {
  Subprocess child = Start({"--describe"});
  const Result<Json> description = ParseJson(ReadUntil(child, ""));
  EXPECT_EQ(child.Wait().exit_code, 0);
  ASSERT_TRUE(description);
  EXPECT_EQ(description->at("protocol"), 1);
  EXPECT_EQ(description->at("versions").size(), 5U);
  EXPECT_THAT(description->at("numerics_class").get<std::string>(), HasSubstr("libtorch="));
  EXPECT_EQ(description->at("fingerprint").at("isa"), description->at("isa"));
  EXPECT_EQ(description->at("fingerprint").at("digest").get<std::string>().size(), 64U);
}

TEST_F(ProgramTest, WrongUsageAndBrokenRequestsHaveTheirExitStatuses) {
  EXPECT_EQ(Start({"--nonsense", "1"}).Wait().exit_code, 2);
  EXPECT_EQ(Start({"--help"}).Wait().exit_code, 0);
  Subprocess child = Start({"--request", WriteRequest({{"kind", "train"}})});
  const std::string lines = ReadUntil(child, "");
  EXPECT_EQ(child.Wait().exit_code, 1);
  EXPECT_THAT(lines, HasSubstr("\"event\":\"error\""));
  EXPECT_THAT(lines, HasSubstr("INVALID_ARGUMENT"));
}

TEST_F(ProgramTest, SigtermGivesTheStageBackAndItResumesToTheSameEnd) {
  Json parameters = TrainParametersJson(12);
  const std::filesystem::path broken = folder_.path() / "broken", whole = folder_.path() / "whole";
  Json request = StageRequestJson("train", parameters, broken, "");
  Subprocess child = Start({"--request", WriteRequest(request)});
  ReadUntil(child, "\"event\":\"measurement\"");  // an epoch is over
  child.Signal(SIGTERM);
  const std::string rest = ReadUntil(child, "");
  ASSERT_EQ(child.Wait().ToString(), "exit code 75") << rest;
  ASSERT_THAT(rest, HasSubstr("\"event\":\"resume_point\""));

  request["resume"] = {{"checkpoint", (broken / "resume-a.safetensors").string()}, {"epoch", 1}};
  Subprocess resumed = Start({"--request", WriteRequest(request)});
  EXPECT_THAT(ReadUntil(resumed, ""), HasSubstr("\"restarted_because\":\"\""));
  ASSERT_EQ(resumed.Wait().exit_code, 0);
  Subprocess undisturbed = Start({"--request", WriteRequest(StageRequestJson("train", parameters, whole, ""))});
  ReadUntil(undisturbed, "");
  ASSERT_EQ(undisturbed.Wait().exit_code, 0);
  EXPECT_EQ(CheckpointDigest(broken), CheckpointDigest(whole));
}

TEST_F(ProgramTest, EndsSoonAfterItsLifelineDoes) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  UniqueFd reading(ends[0]), writing(ends[1]);
  ::fcntl(writing.get(), F_SETFD, FD_CLOEXEC);
  const Json request = StageRequestJson("train", TrainParametersJson(1000), folder_.path() / "out", "");
  Subprocess child = Start({"--request", WriteRequest(request), "--lifeline", std::to_string(reading.get())});
  reading.reset();
  ReadUntil(child, "\"event\":\"measurement\"");
  EXPECT_FALSE(child.TryWait());
  const auto closed = std::chrono::steady_clock::now();
  writing.reset();
  ReadUntil(child, "");
  EXPECT_EQ(child.Wait().exit_code, 1);
  EXPECT_LT(std::chrono::steady_clock::now() - closed, std::chrono::seconds(2));
}

TEST_F(ProgramTest, BenchPrintsTheRecordsAsJson) {
  Subprocess child = Start({"bench", "--layer", "1,4,4,8,8", "--layer", "2,3,5,7,9", "--sparsity", "0,0.5", "--rounds",
                            "3", "--peers", "torch", "--format", "json"});
  const Result<Json> report = ParseJson(ReadUntil(child, ""));
  EXPECT_EQ(child.Wait().exit_code, 0);
  ASSERT_TRUE(report) << report.error().ToString();
  ASSERT_EQ(report->at("rows").size(), 4U);
  for (const Json& row : report->at("rows")) {
    EXPECT_EQ(row.at("layer").size(), 5U);
    EXPECT_LT(row.at("max_rel_error"), 1e-4);
    for (const char* name : {"min", "median", "q1", "q3"}) {
      EXPECT_GT(row.at("ours_ms").at(name), 0.0);
      EXPECT_GT(row.at("peers").at("torch").at(name), 0.0);
    }
    EXPECT_TRUE(row.at("peers").at("torch").at("implementation").is_string());
  }
  ASSERT_EQ(report->at("geomean").size(), 2U);
  EXPECT_GT(report->at("geomean")[0].at("vs").at("torch"), 0.0);
}

}  // namespace
}  // namespace winnow::worker
