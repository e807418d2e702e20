#include "tests/load/worker_crowd.h"

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace winnow::load {
namespace {

constexpr int kAtOnce = 256;  // registrations under way

}  // namespace

void WorkerCrowd::Add(const std::string& address, const std::string& prefix, int count, bool can_run) {
  std::mutex mutex;
  std::condition_variable changed;
  int under_way = 0;
  for (int i = 0; i < count; ++i) {
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return under_way < kAtOnce; });
      ++under_way;
    }
    workers_.push_back(
        std::make_unique<SyntheticWorker>(&fleet_, clock_, address, prefix + std::to_string(i), can_run));
    workers_.back()->Start([&] {
      std::lock_guard lock(mutex);
      --under_way;
      changed.notify_all();
    });
  }
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return under_way == 0; });
}

void WorkerCrowd::End() {
  fleet_.Stop();
  for (const auto& worker : workers_) worker->Cancel();
  fleet_.AwaitNoCalls();
  workers_.clear();
}

}  // namespace winnow::load
