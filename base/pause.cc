#include "base/pause.h"

namespace winnow {

bool Pause::Until(SteadyTime when) {
  bool over = false;
  const Clock::TimerId timer = clock_->At(when, [this, &over] {
    // Notified under the lock: the waiting thread may destroy this object as soon as it has seen `over`.
    std::lock_guard lock(mutex_);
    over = true;
    changed_.notify_all();
  });
  bool undisturbed;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return over || woken_ || stopped_; });
    undisturbed = !woken_ && !stopped_;
    woken_ = false;
  }
  clock_->Cancel(timer);  // outside the lock: it waits for a timer that is running
  return undisturbed;
}

void Pause::Wake() {
  std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

void Pause::Stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

bool Pause::stopped() const {
  std::lock_guard lock(mutex_);
  return stopped_;
}

}  // namespace winnow
