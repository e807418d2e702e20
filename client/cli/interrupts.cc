#include "client/cli/interrupts.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <thread>
#include <utility>

namespace winnow::cli {
namespace {

// Written to by the signal handler, which may do little else.
int signal_pipe = -1;

void OnSignal(int) {
  const int kept = errno;
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = ::write(signal_pipe, &byte, 1);
  errno = kept;
}

}  // namespace

int Interrupts::count() const {
  std::lock_guard lock(mutex_);
  return count_;
}

void Interrupts::SetHandler(std::function<void(int)> handle) {
  std::lock_guard handling(handling_);
  std::lock_guard lock(mutex_);
  handle_ = std::move(handle);
}

void Interrupts::Raise() {
  std::lock_guard handling(handling_);
  std::function<void(int)> handle;
  int count = 0;
  {
    std::lock_guard lock(mutex_);
    count = ++count_;
    handle = handle_;
  }
  if (handle) handle(count);
}

void Interrupts::CatchSignals() {
  int fds[2];
  if (signal_pipe >= 0 || ::pipe2(fds, O_CLOEXEC) != 0) return;
  signal_pipe = fds[1];
  struct sigaction action {};
  action.sa_handler = &OnSignal;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
  std::thread([this, fd = fds[0]] {
    char byte;
    while (true) {
      const ssize_t got = ::read(fd, &byte, 1);
      if (got == 1) Raise();
      if (got == 0 || (got < 0 && errno != EINTR)) return;
    }
  }).detach();
}

}  // namespace winnow::cli
