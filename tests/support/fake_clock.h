// A clock that stands still until a test advances it.
#ifndef TESTS_SUPPORT_FAKE_CLOCK_H_
#define TESTS_SUPPORT_FAKE_CLOCK_H_

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "base/clock.h"

namespace winnow::testing {

// Advance() runs every timer that has become due, in order, on the calling thread, before it returns; a timer sees
// Now() at its own due time. Threads: safe for concurrent use; advance from one thread.
class FakeClock final : public Clock {
 public:
  SteadyTime Now() const override {
    std::lock_guard lock(mutex_);
    return now_;
  }
  WallTime WallNow() const override {
    std::lock_guard lock(mutex_);
    return wall_;
  }
  TimerId At(SteadyTime when, std::function<void()> run) override {
    std::lock_guard lock(mutex_);
    timers_.emplace(std::pair(when, ++last_id_), std::move(run));
    return last_id_;
  }
  bool Cancel(TimerId id) override {
    if (id == 0) return false;  // also what running_ is while none runs
    std::unique_lock lock(mutex_);
    for (auto it = timers_.begin(); it != timers_.end(); ++it) {
      if (it->first.second == id) {
        timers_.erase(it);
        return true;
      }
    }
    if (std::this_thread::get_id() != runner_) {
      ended_.wait(lock, [&] { return running_ != id; });
    }
    return false;
  }

  void Advance(Duration by) {
    const SteadyTime end = Now() + by;
    while (true) {
      std::function<void()> run;
      {
        std::lock_guard lock(mutex_);
        if (timers_.empty() || timers_.begin()->first.first > end) {
          wall_ += std::chrono::duration_cast<WallTime::duration>(end - now_);
          now_ = end;
          return;
        }
        const SteadyTime due = std::max(now_, timers_.begin()->first.first);
        wall_ += std::chrono::duration_cast<WallTime::duration>(due - now_);
        now_ = due;
        running_ = timers_.begin()->first.second;
        runner_ = std::this_thread::get_id();
        run = std::move(timers_.begin()->second);
        timers_.erase(timers_.begin());
      }
      run();
      {
        std::lock_guard lock(mutex_);
        running_ = 0;
        ended_.notify_all();
      }
    }
  }
  // The wall clock may jump; the steady one never does.
  void JumpWall(Duration by) {
    std::lock_guard lock(mutex_);
    wall_ += std::chrono::duration_cast<WallTime::duration>(by);
  }
  size_t pending_timers() const {
    std::lock_guard lock(mutex_);
    return timers_.size();
  }

 private:
  mutable std::mutex mutex_;
  SteadyTime now_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::hours(24 * 365 * 50)};
  std::map<std::pair<SteadyTime, TimerId>, std::function<void()>> timers_;
  TimerId last_id_ = 0;
  TimerId running_ = 0;
  std::thread::id runner_;
  std::condition_variable ended_;
};

}  // namespace winnow::testing

#endif  // TESTS_SUPPORT_FAKE_CLOCK_H_
