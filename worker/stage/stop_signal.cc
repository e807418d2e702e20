#include "worker/stage/stop_signal.h"

#include <signal.h>

#include <atomic>

namespace winnow::worker {
namespace {

std::atomic<bool> stop_signalled{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set by a signal handler");

void OnSignal(int) { stop_signalled.store(true, std::memory_order_relaxed); }

}  // namespace

void InstallStopSignal() {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
}

bool StopSignalled() { return stop_signalled.load(std::memory_order_relaxed); }

}  // namespace winnow::worker
