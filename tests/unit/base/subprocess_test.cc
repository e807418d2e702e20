#include "base/subprocess.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>

#include <string>
#include <thread>

#include "tests/support/temp_folder.h"
#include "tests/support/wait_for.h"

namespace winnow {
namespace {

using ::testing::HasSubstr;

std::string ReadAll(int fd) {
  std::string text;
  char bytes[256];
  ssize_t n;
  while ((n = ::read(fd, bytes, sizeof bytes)) > 0) text.append(bytes, static_cast<size_t>(n));
  return text;
}

std::string ReadLine(int fd) {
  std::string text;
  char byte;
  while (::read(fd, &byte, 1) == 1 && byte != '\n') text += byte;
  return text;
}

Result<Subprocess> StartChild(const std::vector<std::string>& arguments) {
  SubprocessOptions options;
  options.command = arguments;
  options.command.insert(options.command.begin(), WINNOW_BASE_TEST_CHILD);
  return Subprocess::Start(options);
}

TEST(Subprocess, TakesOutputsApartAndTheExitCode) {
  auto child = StartChild({"print", "hello"});
  ASSERT_TRUE(child) << child.error().ToString();
  EXPECT_EQ(ReadAll(child->stdout_fd()), "hello\n");
  EXPECT_EQ(ReadAll(child->stderr_fd()), "olleh\n");
  const ExitState exit = child->Wait();
  EXPECT_EQ(exit.exit_code, 5);
  EXPECT_EQ(exit.ToString(), "exit code 5");
  EXPECT_EQ(child->Wait().exit_code, 5);
  EXPECT_EQ(child->TryWait()->exit_code, 5);
  EXPECT_EQ(child->ResidentBytes(), 0u);
}

TEST(Subprocess, LooksInPathAndNamesWhatIsMissing) {
  SubprocessOptions options;
  options.command = {"true"};
  auto found = Subprocess::Start(options);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->Wait().exit_code, 0);
  options.command = {"/no/such/program"};
  const auto missing = Subprocess::Start(options);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), StatusCode::kNotFound);
  EXPECT_THAT(missing.error().message(), HasSubstr("/no/such/program"));
  options.command = {};
  EXPECT_FALSE(Subprocess::Start(options));
}

TEST(Subprocess, AddsToTheEnvironment) {
  for (const auto& [variable, value] : {std::pair("WINNOW_TEST", "a b=c"), std::pair("PATH", "replaced")}) {
    SubprocessOptions options;
    options.command = {WINNOW_BASE_TEST_CHILD, "environment", variable};
    options.environment = {{variable, value}};
    auto child = Subprocess::Start(options);
    ASSERT_TRUE(child);
    EXPECT_EQ(ReadAll(child->stdout_fd()), std::string(value) + "\n");
  }
  auto inherits = StartChild({"environment", "HOME"});
  ASSERT_TRUE(inherits);
  EXPECT_NE(ReadAll(inherits->stdout_fd()), "unset\n");
}

TEST(Subprocess, HasAProcessGroupOfItsOwnThatSignalsReach) {
  SubprocessOptions options;
  options.command = {"sh", "-c", "(while true; do read x < /dev/zero; done) & echo $!; wait"};
  auto child = Subprocess::Start(options);
  ASSERT_TRUE(child);
  const pid_t grandchild = std::stoi(ReadLine(child->stdout_fd()));
  EXPECT_EQ(::getpgid(child->pid()), child->pid());
  EXPECT_EQ(::getpgid(grandchild), child->pid());
  EXPECT_GT(child->ResidentBytes(), 0u);
  EXPECT_FALSE(child->TryWait());
  child->Signal(SIGKILL);
  EXPECT_EQ(child->Wait().signal, SIGKILL);
  EXPECT_EQ(child->Wait().ToString(), "killed by signal 9 (Killed)");
  EXPECT_TRUE(testing::WaitFor([&] { return !testing::IsRunning(grandchild); }));
}

TEST(Subprocess, StartsWithoutThisProcessesSignalMask) {
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &blocked, &before), 0);
  auto child = StartChild({"hang", "{lifeline}"});
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ASSERT_TRUE(child);
  ReadLine(child->stdout_fd());
  child->Signal(SIGTERM);
  EXPECT_EQ(child->Wait().signal, SIGTERM);
}

TEST(Subprocess, TheEndCanBePolledFor) {
  auto child = StartChild({"hang", "{lifeline}"});
  ASSERT_TRUE(child);
  const auto end = child->OpenEndFd();
  ASSERT_TRUE(end) << end.error().ToString();
  pollfd polled{end->get(), POLLIN, 0};
  EXPECT_EQ(::poll(&polled, 1, 0), 0);
  child->Signal(SIGKILL);
  EXPECT_EQ(::poll(&polled, 1, 30000), 1);
  EXPECT_TRUE(child->TryWait());
}

TEST(Subprocess, KillsAndReapsInItsDestructor) {
  pid_t pid = 0;
  {
    auto child = StartChild({"hang", "{lifeline}"});
    ASSERT_TRUE(child);
    pid = child->pid();
    Subprocess moved = std::move(*child);
    EXPECT_EQ(moved.pid(), pid);
  }
  EXPECT_EQ(::kill(pid, 0), -1);  // reaped: not even a zombie
}

TEST(Subprocess, SignalsMayComeFromAnotherThreadWhileItIsReaped) {
  for (int round = 0; round < 20; ++round) {
    auto child = StartChild({"hang", "{lifeline}"});
    ASSERT_TRUE(child);
    std::thread signaller([&] {
      for (int i = 0; i < 100; ++i) child->Signal(SIGKILL);
    });
    EXPECT_EQ(child->Wait().signal, SIGKILL);
    signaller.join();
  }
}

TEST(Lifeline, EndsTheChildWhenTheParentIsKilled) {
  auto parent = StartChild({"parent"});
  ASSERT_TRUE(parent);
  const pid_t child = std::stoi(ReadLine(parent->stdout_fd()));
  EXPECT_TRUE(testing::IsRunning(child));
  EXPECT_NE(::getpgid(child), parent->pid());
  ASSERT_EQ(::kill(parent->pid(), SIGKILL), 0);
  EXPECT_EQ(parent->Wait().signal, SIGKILL);
  EXPECT_TRUE(testing::WaitFor([&] { return !testing::IsRunning(child); }, std::chrono::seconds(2)));
}

TEST(Lifeline, EndsItsProcessWithTheCodeItWasGiven) {
  int fds[2];
  ASSERT_EQ(::pipe2(fds, O_CLOEXEC), 0);
  UniqueFd read(fds[0]), write(fds[1]);
  ASSERT_EQ(::fcntl(read.get(), F_SETFD, 0), 0);  // the child inherits this end alone
  auto child = StartChild({"hang", std::to_string(read.get())});
  ASSERT_TRUE(child);
  ReadLine(child->stdout_fd());
  EXPECT_FALSE(child->TryWait());
  write.reset();
  EXPECT_EQ(child->Wait().exit_code, 42);
}

TEST(ProgramFolder, IsWhereThisProgramLies) {
  EXPECT_TRUE(std::filesystem::exists(ProgramFolder() / "base_test") ||
              std::filesystem::exists(ProgramFolder() / "winnow_base_test_child"));
}

}  // namespace
}  // namespace winnow
