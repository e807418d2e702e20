#include "base/clock.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace winnow {
namespace {

class RealClock final : public Clock {
 public:
  SteadyTime Now() const override { return std::chrono::steady_clock::now(); }
  WallTime WallNow() const override { return std::chrono::system_clock::now(); }

  TimerId At(SteadyTime when, std::function<void()> run) override {
    std::lock_guard lock(mutex_);
    const TimerId id = ++last_id_;
    timers_.emplace(std::pair(when, id), std::move(run));
    when_of_.emplace(id, when);
    if (!started_) {
      started_ = true;
      // Detached: the clock is never destroyed, see SystemClock().
      std::thread([this] { Loop(); }).detach();
    }
    changed_.notify_all();
    return id;
  }

  bool Cancel(TimerId id) override {
    if (id == 0) return false;  // also what running_ is while none runs
    std::unique_lock lock(mutex_);
    if (auto it = when_of_.find(id); it != when_of_.end()) {
      timers_.erase(std::pair(it->second, id));
      when_of_.erase(it);
      return true;
    }
    if (std::this_thread::get_id() != loop_thread_) {
      changed_.wait(lock, [&] { return running_ != id; });
    }
    return false;
  }

 private:
  void Loop() {
    std::unique_lock lock(mutex_);
    loop_thread_ = std::this_thread::get_id();
    while (true) {
      if (timers_.empty()) {
        changed_.wait(lock);
        continue;
      }
      const auto first = timers_.begin();
      // A copy: Cancel() may take the timer away meanwhile, and the wait looks at its time once more at the end.
      const SteadyTime due = first->first.first;
      if (Now() < due) {
        changed_.wait_until(lock, due);
        continue;
      }
      running_ = first->first.second;
      std::function<void()> run = std::move(first->second);
      when_of_.erase(running_);
      timers_.erase(first);
      lock.unlock();
      run();
      run = nullptr;
      lock.lock();
      running_ = 0;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<SteadyTime, TimerId>, std::function<void()>> timers_;
  std::map<TimerId, SteadyTime> when_of_;
  TimerId last_id_ = 0;
  TimerId running_ = 0;
  std::thread::id loop_thread_;
  bool started_ = false;
};

}  // namespace

Clock* SystemClock() {
  // Leaked on purpose: its detached thread may outlive main().
  static RealClock* const clock = new RealClock();
  return clock;
}

int64_t ToUnixMillis(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

WallTime FromUnixMillis(int64_t ms) { return WallTime(std::chrono::milliseconds(ms)); }

}  // namespace winnow
