#include "worker/agent/stage_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "worker/agent/executor_event.h"

namespace winnow::worker {
namespace {

constexpr int kMemoryIntervalMs = 100;

void SetNonBlocking(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

// Hands what can be read now to `take`. False at the end of the pipe.
template <typename Take>
bool ReadNow(int fd, Take take) {
  char bytes[1 << 16];
  while (true) {
    const ssize_t n = ::read(fd, bytes, sizeof bytes);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno == EAGAIN;
    if (n == 0) return false;
    take(std::string_view(bytes, static_cast<size_t>(n)));
    if (static_cast<size_t>(n) < sizeof bytes) return true;
  }
}

}  // namespace

StageProcess::StageProcess(Subprocess process) : process_(std::move(process)), lines_(kMaxEventLineBytes) {
  SetNonBlocking(process_.stdout_fd());
  SetNonBlocking(process_.stderr_fd());
}

Result<std::unique_ptr<StageProcess>> StageProcess::Start(const std::filesystem::path& executor,
                                                          const std::filesystem::path& request_file) {
  SubprocessOptions options;
  options.command = {executor.string(), "--request", request_file.string(), "--lifeline", "{lifeline}"};
  WINNOW_ASSIGN_OR_RETURN(Subprocess process, Subprocess::Start(options));
  WINNOW_ASSIGN_OR_RETURN(UniqueFd end_fd, process.OpenEndFd());
  std::unique_ptr<StageProcess> started(new StageProcess(std::move(process)));
  started->end_fd_ = std::move(end_fd);
  return started;
}

bool StageProcess::ReadEvents(const Listener& listener) {
  return ReadNow(process_.stdout_fd(), [&](std::string_view bytes) { lines_.Append(bytes, listener.event_line); });
}

bool StageProcess::ReadOther(const Listener& listener) { return ReadNow(process_.stderr_fd(), listener.other_output); }

ExitState StageProcess::Run(const Listener& listener) {
  pollfd fds[3] = {{process_.stdout_fd(), POLLIN, 0}, {process_.stderr_fd(), POLLIN, 0}, {end_fd_.get(), POLLIN, 0}};
  bool line_too_long = false;
  while (fds[2].revents == 0) {
    if (::poll(fds, 3, kMemoryIntervalMs) < 0 && errno != EINTR) break;
    if (fds[0].revents != 0 && !ReadEvents(listener)) fds[0].fd = -1;
    if (fds[1].revents != 0 && !ReadOther(listener)) fds[1].fd = -1;
    if (lines_.too_long() && !std::exchange(line_too_long, true)) {
      listener.event_line(lines_.unfinished());  // told now, not when the newline comes, which may be never
    }
    listener.memory(process_.ResidentBytes());
  }
  process_.Signal(SIGKILL);  // what the executor left running; itself has ended
  if (fds[0].fd >= 0) ReadEvents(listener);
  if (fds[1].fd >= 0) ReadOther(listener);
  return process_.Wait();
}

}  // namespace winnow::worker
