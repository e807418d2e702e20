// Time, as an argument: all code that looks at a clock or waits takes a Clock, so that tests turn it by hand
// (tests/support/fake_clock.h).
#ifndef BASE_CLOCK_H_
#define BASE_CLOCK_H_

#include <chrono>
#include <cstdint>
#include <functional>

namespace winnow {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

// Threads: safe for concurrent use.
class Clock {
 public:
  // Names a timer; 0 is never one, and cancelling it does nothing.
  using TimerId = uint64_t;

  virtual ~Clock() = default;

  // For intervals and expiry. Never goes back.
  virtual SteadyTime Now() const = 0;
  // For showing to people and for records only; may jump.
  virtual WallTime WallNow() const = 0;

  // Calls `run` once, on a thread of the clock's, as soon as Now() >= `when`. `run` must not block: every timer of
  // this clock shares the thread.
  virtual TimerId At(SteadyTime when, std::function<void()> run) = 0;
  // True if the timer had not begun and now never will. False if it ran or runs; when called from another thread than
  // the clock's, a running one has ended when this returns.
  virtual bool Cancel(TimerId id) = 0;

  TimerId After(Duration delay, std::function<void()> run) { return At(Now() + delay, std::move(run)); }
};

// The machine's clock. Starts its timer thread with the first timer; lives to the end of the process.
Clock* SystemClock();

// Milliseconds since 1970-01-01T00:00:00Z.
int64_t ToUnixMillis(WallTime time);
WallTime FromUnixMillis(int64_t ms);

}  // namespace winnow

#endif  // BASE_CLOCK_H_
