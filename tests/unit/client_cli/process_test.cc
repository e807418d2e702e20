// Child programs, interrupts, logs.
#include <gtest/gtest.h>

#include <fcntl.h>

#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

#include "client/cli/child_program.h"
#include "client/cli/interrupts.h"
#include "client/cli/stage_log.h"
#include "tests/unit/client_cli/temp_folder.h"

namespace winnow::cli {
namespace {

using std::chrono::milliseconds;
using testing::TempFolder;

constexpr milliseconds kLong{20000};

class ChildProgramTest : public ::testing::Test {
 protected:
  std::unique_ptr<ChildProgram> Shell(const std::string& script) {
    auto started = ChildProgram::Start({"/bin/sh", "-c", script}, folder_.path() / "logs" / "child.log");
    EXPECT_TRUE(started) << started.error().ToString();
    return std::move(*started);
  }
  TempFolder folder_;
};

TEST_F(ChildProgramTest, BecomesReady) {
  const auto child = Shell("printf x; exec cat /dev/zero > /dev/null");
  EXPECT_TRUE(child->AwaitReady(kLong).ok());
  EXPECT_FALSE(child->AwaitEnd(milliseconds(0)));
  const ExitState end = child->Stop(kLong);
  EXPECT_EQ(end.signal, SIGTERM);
}

TEST_F(ChildProgramTest, EndBeforeReadyTellsItsLastLine) {
  const auto child = Shell("echo first >&2; echo 'winnowd: port 7070 is taken' >&2; exit 4");
  const Status status = child->AwaitReady(kLong);
  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_EQ(status.message(), "port 7070 is taken");
  EXPECT_EQ(child->AwaitEnd(kLong)->exit_code, 4);
  std::ifstream log(folder_.path() / "logs" / "child.log");
  const std::string text(std::istreambuf_iterator<char>(log), {});
  EXPECT_EQ(text, "first\nwinnowd: port 7070 is taken\n");
}

TEST_F(ChildProgramTest, LastLineLosesTimeAndLevel) {
  const auto child = Shell("printf '2026-11-24T04:05:31.123Z error winnowd: disk full' >&2");
  ASSERT_TRUE(child->AwaitEnd(kLong));
  EXPECT_EQ(child->LastLine(), "disk full");
}

TEST_F(ChildProgramTest, SilentEndNamesTheExitCode) {
  EXPECT_EQ(Shell("exit 3")->AwaitReady(kLong).message(), "ended with exit code 3");
}

TEST_F(ChildProgramTest, ReadyHasALimit) {
  const auto child = Shell("exec cat /dev/zero > /dev/null");
  // Its stdout stays open elsewhere than in the shell: nothing comes.
  const auto waiting = Shell("read never < /dev/tty || exec tail -f /dev/null");
  EXPECT_EQ(waiting->AwaitReady(milliseconds(50)).code(), StatusCode::kDeadlineExceeded);
}

TEST_F(ChildProgramTest, StopKillsWhatIgnoresSigterm) {
  const auto child = Shell("trap '' TERM; printf x; while :; do tail -f /dev/null; done");
  ASSERT_TRUE(child->AwaitReady(kLong).ok());
  EXPECT_EQ(child->Stop(milliseconds(100)).signal, SIGKILL);
}

TEST_F(ChildProgramTest, MissingProgram) {
  const auto started = ChildProgram::Start({"/no/such/program"}, folder_.path() / "log");
  EXPECT_EQ(started.error().code(), StatusCode::kNotFound);
  const auto found = FindProgram("winnow-no-such-program");
  EXPECT_EQ(found.error().code(), StatusCode::kNotFound);
  EXPECT_NE(found.error().message().find("PATH"), std::string::npos);
  EXPECT_TRUE(FindProgram("sh"));
}

TEST(Interrupts, CountsAndCallsTheHandler) {
  Interrupts interrupts;
  interrupts.Raise();
  std::vector<int> seen;
  interrupts.SetHandler([&](int count) { seen.push_back(count); });
  interrupts.Raise();
  interrupts.Raise();
  interrupts.SetHandler(nullptr);
  interrupts.Raise();
  EXPECT_EQ(seen, (std::vector<int>{2, 3}));
  EXPECT_EQ(interrupts.count(), 4);
}

TEST(Interrupts, SetHandlerWaitsForARunningOne) {
  Interrupts interrupts;
  std::atomic<bool> entered = false;
  std::atomic<bool> go = false;
  std::atomic<bool> left = false;
  interrupts.SetHandler([&](int) {
    entered = true;
    entered.notify_all();
    go.wait(false);
    left = true;
  });
  std::thread raiser([&] { interrupts.Raise(); });
  entered.wait(false);
  std::thread releaser([&] {
    go = true;
    go.notify_all();
  });
  interrupts.SetHandler(nullptr);
  EXPECT_TRUE(left);
  raiser.join();
  releaser.join();
}

TEST(LinePrefixer, PrefixesLinesThatComeInPieces) {
  LinePrefixer prefixer("a | ");
  EXPECT_EQ(prefixer.Add("one\ntw"), "a | one\na | tw");
  EXPECT_EQ(prefixer.Add("o\n"), "o\n");
  EXPECT_EQ(prefixer.Add("three"), "a | three");
  EXPECT_EQ(prefixer.Finish(), "\n");
  EXPECT_EQ(prefixer.Finish(), "");
  LinePrefixer plain("");
  EXPECT_EQ(plain.Add("x\n"), "x\n");
  EXPECT_EQ(plain.Finish(), "");
}

TEST(TailOffset, CountsLinesFromTheEnd) {
  EXPECT_EQ(TailOffset("a\nb\nc\n", 1), 4u);
  EXPECT_EQ(TailOffset("a\nb\nc", 1), 4u);
  EXPECT_EQ(TailOffset("a\nb\nc\n", 2), 2u);
  EXPECT_EQ(TailOffset("a\nb\nc\n", 9), 0u);
  EXPECT_EQ(TailOffset("a\nb\n", 0), 4u);
  EXPECT_EQ(TailOffset("", 3), 0u);
  EXPECT_EQ(TailOffset("\n\n", 1), 1u);
}

}  // namespace
}  // namespace winnow::cli
