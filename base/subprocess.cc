#include "base/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <thread>
#include <utility>

extern char** environ;

namespace winnow {
namespace {

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> MakePipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return Err(ErrnoStatus(errno, "cannot make a pipe"));
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

// The lifeline's number in the child: above what redirections use, below any usual limit.
constexpr int kLifelineFd = 9;

std::vector<std::string> MergedEnvironment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string name(text.substr(0, text.find('=')));
    if (!added.contains(name)) merged.emplace_back(text);
  }
  for (const auto& [name, value] : added) merged.push_back(name + "=" + value);
  return merged;
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& s : strings) pointers.push_back(s.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

std::string ExitState::ToString() const {
  if (signal != 0) {
    return "killed by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
  }
  return "exit code " + std::to_string(exit_code);
}

Result<Subprocess> Subprocess::Start(const SubprocessOptions& options) {
  if (options.command.empty()) return Err(InvalidArgument("no program given to start"));
  WINNOW_ASSIGN_OR_RETURN(Pipe out, MakePipe());
  WINNOW_ASSIGN_OR_RETURN(Pipe err, MakePipe());
  WINNOW_ASSIGN_OR_RETURN(Pipe lifeline, MakePipe());

  std::vector<std::string> arguments = options.command;
  for (std::string& argument : arguments) {
    if (const size_t at = argument.find("{lifeline}"); at != std::string::npos) {
      argument.replace(at, 10, std::to_string(kLifelineFd));
    }
  }
  std::vector<std::string> environment = MergedEnvironment(options.environment);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  if (options.capture_stdout) posix_spawn_file_actions_adddup2(&actions, out.write.get(), 1);
  if (options.capture_stderr) posix_spawn_file_actions_adddup2(&actions, err.write.get(), 2);
  posix_spawn_file_actions_adddup2(&actions, lifeline.read.get(), kLifelineFd);

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  sigset_t defaults;
  sigemptyset(&defaults);
  for (int signal : {SIGTERM, SIGINT, SIGPIPE, SIGHUP, SIGCHLD}) sigaddset(&defaults, signal);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

  Subprocess child;
  const int error = ::posix_spawnp(&child.pid_, arguments[0].c_str(), &actions, &attributes, Pointers(arguments).data(),
                                   Pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    child.pid_ = -1;
    return Err(ErrnoStatus(error, "cannot start " + arguments[0]));
  }
  child.reaped_ = false;
  if (options.capture_stdout) child.stdout_ = std::move(out.read);
  if (options.capture_stderr) child.stderr_ = std::move(err.read);
  child.lifeline_ = std::move(lifeline.write);
  return child;
}

Subprocess::Subprocess(Subprocess&& other) noexcept { *this = std::move(other); }

Subprocess& Subprocess::operator=(Subprocess&& other) noexcept {
  if (this == &other) return *this;
  Shut();
  pid_ = std::exchange(other.pid_, -1);
  mutex_ = std::exchange(other.mutex_, std::make_unique<std::mutex>());
  reaped_ = std::exchange(other.reaped_, true);
  exit_ = other.exit_;
  stdout_ = std::move(other.stdout_);
  stderr_ = std::move(other.stderr_);
  lifeline_ = std::move(other.lifeline_);
  return *this;
}

Subprocess::~Subprocess() { Shut(); }

void Subprocess::Shut() {
  if (reaped_) return;
  Signal(SIGKILL);
  Wait();
}

void Subprocess::Signal(int signal) const {
  std::lock_guard lock(*mutex_);
  if (!reaped_ && pid_ > 0) ::kill(-pid_, signal);
}

Result<UniqueFd> Subprocess::OpenEndFd() const {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (fd < 0 && errno == ENOSYS) return Err(Unimplemented("this kernel has no pidfd_open"));
  if (fd < 0) return Err(ErrnoStatus(errno, "cannot watch process " + std::to_string(pid_)));
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  return UniqueFd(fd);
}

namespace {

ExitState FromWaitStatus(int status) {
  ExitState state;
  if (WIFSIGNALED(status)) {
    state.signal = WTERMSIG(status);
  } else {
    state.exit_code = WEXITSTATUS(status);
  }
  return state;
}

}  // namespace

// The child has ended: waits without blocking.
void Subprocess::Reap() {
  std::lock_guard lock(*mutex_);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  exit_ = FromWaitStatus(status);
  reaped_ = true;
}

std::optional<ExitState> Subprocess::TryWait() {
  if (reaped_) return exit_;
  siginfo_t ended{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0) {
    return std::nullopt;
  }
  Reap();
  return exit_;
}

ExitState Subprocess::Wait() {
  if (reaped_) return exit_;
  // Without reaping: a thread in Signal() must not find the number free.
  siginfo_t ended{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  Reap();
  return exit_;
}

uint64_t Subprocess::ResidentBytes() const {
  if (reaped_) return 0;
  std::ifstream statm("/proc/" + std::to_string(pid_) + "/statm");
  uint64_t total_pages = 0;
  uint64_t resident_pages = 0;
  statm >> total_pages >> resident_pages;
  return resident_pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

void WatchLifeline(int fd, int exit_code) {
  std::thread([fd, exit_code] {
    pollfd watched{fd, POLLIN, 0};
    while (true) {
      const int ready = ::poll(&watched, 1, -1);
      if (ready < 0 && errno == EINTR) continue;
      if (ready < 0) return;
      char byte;
      if (::read(fd, &byte, 1) == 0) ::_exit(exit_code);
    }
  }).detach();
}

std::filesystem::path ProgramFolder() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::path(".") : program.parent_path();
}

}  // namespace winnow
