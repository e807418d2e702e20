#include "client/cli/child_program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/durable_file.h"

namespace winnow::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Waits until `fd` can be read or is at its end. False at the deadline.
bool AwaitReadable(int fd, steady_clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
    pollfd watched{fd, POLLIN, 0};
    const int ready = ::poll(&watched, 1, static_cast<int>(std::max<int64_t>(left, 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

UniqueFd OpenLog(const std::filesystem::path& path) {
  std::error_code ignored;
  std::filesystem::create_directories(path.parent_path(), ignored);
  return UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
}

// "2026-11-24T04:05:31.123Z error winnowd: message" and "winnowd: message" -> "message"; other lines stay.
std::string_view Message(std::string_view line) {
  const size_t colon = line.find(": ");
  if (colon == std::string_view::npos) return line;
  const std::string_view before = line.substr(0, colon);
  const bool logged = before.size() > 20 && before[4] == '-' && before[10] == 'T';
  return logged || before.starts_with("winnow") ? line.substr(colon + 2) : line;
}

}  // namespace

Result<std::string> FindProgram(const std::string& name) {
  const std::filesystem::path beside = ProgramFolder() / name;
  if (::access(beside.c_str(), X_OK) == 0) return beside.string();
  const char* variable = std::getenv("PATH");
  std::string_view path = variable == nullptr ? "" : variable;
  while (!path.empty()) {
    const size_t end = std::min(path.find(':'), path.size());
    const std::filesystem::path candidate = std::filesystem::path(path.substr(0, end)) / name;
    if (end > 0 && ::access(candidate.c_str(), X_OK) == 0) return candidate.string();
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return Err(NotFound("there is no program " + name + " in " + ProgramFolder().string() +
                      ", where winnow is, nor in PATH; install it, or build the target " + name));
}

Result<std::unique_ptr<ChildProgram>> ChildProgram::Start(const std::vector<std::string>& command,
                                                          const std::filesystem::path& log) {
  SubprocessOptions options;
  options.command = command;
  WINNOW_ASSIGN_OR_RETURN(Subprocess process, Subprocess::Start(options));
  return std::unique_ptr<ChildProgram>(new ChildProgram(std::move(process), OpenLog(log)));
}

ChildProgram::ChildProgram(Subprocess process, UniqueFd log)
    : process_(std::move(process)),
      log_(std::move(log)),
      end_(static_cast<int>(::syscall(SYS_pidfd_open, process_.pid(), 0))) {
  drain_ = std::thread([this] { Drain(); });
}

ChildProgram::~ChildProgram() {
  process_.Signal(SIGKILL);
  process_.Wait();
  drain_.join();
}

void ChildProgram::Drain() {
  char buffer[4096];
  while (true) {
    const ssize_t got = ::read(process_.stderr_fd(), buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    const std::string_view bytes(buffer, static_cast<size_t>(got));
    if (log_.valid()) (void)WriteAll(log_.get(), bytes, "log");
    std::lock_guard lock(mutex_);
    unfinished_ += bytes;
    size_t begin = 0;
    for (size_t end; (end = unfinished_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      if (end > begin) last_line_ = unfinished_.substr(begin, end - begin);
    }
    unfinished_.erase(0, begin);
  }
  std::lock_guard lock(mutex_);
  drained_ = true;
  drained_changed_.notify_all();
}

Status ChildProgram::AwaitReady(milliseconds limit) {
  if (!AwaitReadable(process_.stdout_fd(), steady_clock::now() + limit)) {
    return DeadlineExceeded("not ready within " + std::to_string(limit.count() / 1000) + " s");
  }
  char byte;
  if (::read(process_.stdout_fd(), &byte, 1) == 1) return OkStatus();
  const auto end = AwaitEnd(milliseconds(2000));
  const std::string how = end ? "ended with " + end->ToString() : "closed its output";
  const std::string last = LastLine();
  return Unavailable(last.empty() ? how : last);
}

std::optional<ExitState> ChildProgram::AwaitEnd(milliseconds limit) {
  const auto deadline = steady_clock::now() + limit;
  if (limit.count() > 0) AwaitReadable(end_.valid() ? end_.get() : process_.stdout_fd(), deadline);
  const std::optional<ExitState> end = process_.TryWait();
  ended_ |= end.has_value();
  return end;
}

ExitState ChildProgram::Stop(milliseconds grace) {
  process_.Signal(SIGTERM);
  if (const auto end = AwaitEnd(grace)) return *end;
  process_.Signal(SIGKILL);
  ended_ = true;
  return process_.Wait();
}

std::string ChildProgram::LastLine() {
  std::unique_lock lock(mutex_);
  if (ended_) drained_changed_.wait_for(lock, std::chrono::seconds(1), [this] { return drained_; });
  return std::string(Message(unfinished_.empty() ? last_line_ : unfinished_));
}

}  // namespace winnow::cli
