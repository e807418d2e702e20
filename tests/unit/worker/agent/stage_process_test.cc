#include "worker/agent/stage_process.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>
#include <vector>

#include "tests/support/temp_folder.h"
#include "tests/support/wait_for.h"

namespace winnow::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StageProcessTest : public ::testing::Test {
 protected:
  std::unique_ptr<StageProcess> Start(const std::string& shell) {
    const std::filesystem::path path = folder_ / "program";
    std::ofstream(path) << "#!/bin/sh\n" << shell << "\n";
    ::chmod(path.c_str(), 0755);
    auto process = StageProcess::Start(path, folder_ / "request.json");
    EXPECT_TRUE(process) << process.error().ToString();
    return std::move(*process);
  }
  ExitState Run(StageProcess& process) {
    return process.Run({[this](std::string_view line) { lines_.emplace_back(line); },
                        [this](std::string_view bytes) { other_ += bytes; },
                        [this](uint64_t bytes) { most_memory_ = std::max(most_memory_.load(), bytes); }});
  }

  testing::TempFolder folder_;
  std::vector<std::string> lines_;
  std::string other_;
  std::atomic<uint64_t> most_memory_{0};
  std::atomic<bool> told_{false};
};

TEST_F(StageProcessTest, GivesTheRequestAndTheLifeline) {
  const auto process = Start("echo $1; echo $2; echo $3; test -e /proc/self/fd/$4 && echo open; exit 7");
  const ExitState exit = Run(*process);
  EXPECT_EQ(exit.exit_code, 7);
  EXPECT_THAT(lines_, ElementsAre("--request", (folder_ / "request.json").string(), "--lifeline", "open"));
}

TEST_F(StageProcessTest, KeepsOutputsApartAndTakesAllOfThem) {
  const auto process =
      Start("i=0; while [ $i -lt 3000 ]; do echo line $i; echo other $i >&2; i=$((i+1)); done; printf end");
  EXPECT_EQ(Run(*process).exit_code, 0);
  ASSERT_EQ(lines_.size(), 3000u);
  EXPECT_EQ(lines_.back(), "line 2999");
  EXPECT_EQ(process->unfinished_line(), "end");
  EXPECT_THAT(other_, HasSubstr("other 2999\n"));
}

TEST_F(StageProcessTest, TellsASignalFromAnExit) {
  const auto process = Start("kill -ABRT $$");
  EXPECT_EQ(Run(*process).signal, SIGABRT);
}

TEST_F(StageProcessTest, SignalsReachItFromAnotherThread) {
  const auto process = Start("echo $$; while true; do read x < /dev/zero; done");
  std::thread killer([&] {
    EXPECT_TRUE(testing::WaitFor([&] { return most_memory_ > 0; }));  // it runs
    process->Signal(SIGKILL);
  });
  EXPECT_EQ(Run(*process).signal, SIGKILL);
  killer.join();
}

TEST_F(StageProcessTest, WhatItLeavesRunningIsKilled) {
  // The child holds both pipes open, and would for ever.
  const auto process = Start("(while true; do read x < /dev/zero; done) & echo $!; exit 0");
  EXPECT_EQ(Run(*process).exit_code, 0);
  ASSERT_EQ(lines_.size(), 1u);
  const pid_t child = std::stoi(lines_[0]);
  EXPECT_TRUE(testing::WaitFor([&] { return !testing::IsRunning(child); }));
}

TEST_F(StageProcessTest, AnEndlessLineIsToldWhileItComes) {
  const auto process = Start("tr '\\0' x < /dev/zero");
  std::thread killer([&] {
    EXPECT_TRUE(testing::WaitFor([&] { return told_.load(); }));
    process->Signal(SIGKILL);
  });
  process->Run({[this](std::string_view line) { told_ = line.size() > (size_t{1} << 20); }, [](std::string_view) {},
                [](uint64_t) {}});
  killer.join();
}

TEST_F(StageProcessTest, MissingProgramIsAnError) {
  const auto process = StageProcess::Start(folder_ / "none", "r");
  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace winnow::worker
