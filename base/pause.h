// A thread's wait for a time of an injected clock, that other threads can cut short.
#ifndef BASE_PAUSE_H_
#define BASE_PAUSE_H_

#include <condition_variable>
#include <mutex>

#include "base/clock.h"

namespace winnow {

// Threads    Until() from one thread at a time; Wake() and Stop() from any.
// Ownership  borrows the clock.
class Pause {
 public:
  explicit Pause(Clock* clock) : clock_(clock) {}
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;

  // Blocks until Now() >= `when` (true), or until Wake() or Stop() (false). A Wake() that came while nobody waited ends
  // the next wait at once.
  bool Until(SteadyTime when);
  bool For(Duration duration) { return Until(clock_->Now() + duration); }

  void Wake();
  // Every wait, this and later ones, returns false at once.
  void Stop();
  bool stopped() const;

 private:
  Clock* const clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  bool stopped_ = false;
};

}  // namespace winnow

#endif  // BASE_PAUSE_H_
