#include "base/clock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <vector>

#include "tests/support/fake_clock.h"

namespace winnow {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(SystemClock, RunsTimersInOrder) {
  Clock* const clock = SystemClock();
  std::mutex mutex;
  std::vector<int> ran;
  std::promise<void> done;
  const SteadyTime now = clock->Now();
  const auto note = [&](int number) {
    std::lock_guard lock(mutex);
    ran.push_back(number);
    if (ran.size() == 3) done.set_value();
  };
  clock->At(now + milliseconds(30), [&] { note(3); });
  clock->At(now + milliseconds(10), [&] { note(1); });
  clock->At(now + milliseconds(20), [&] { note(2); });
  ASSERT_EQ(done.get_future().wait_for(seconds(30)), std::future_status::ready);
  EXPECT_EQ(ran, (std::vector<int>{1, 2, 3}));
  EXPECT_GE(clock->Now(), now + milliseconds(30));
}

TEST(SystemClock, ACancelledTimerNeverRuns) {
  Clock* const clock = SystemClock();
  std::atomic<bool> ran{false};
  const Clock::TimerId id = clock->After(hours(1), [&] { ran = true; });
  EXPECT_NE(id, 0u);
  EXPECT_TRUE(clock->Cancel(id));
  EXPECT_FALSE(clock->Cancel(id));
  EXPECT_FALSE(ran);
}

// A watch of a sweep that had ended waited for the next timer of anybody, because "no timer" equalled "none runs".
// The loop sleeps for the timer that goes: what it sleeps until must not go with it. AddressSanitizer saw that it did.
TEST(SystemClock, TheTimerItSleepsForMayBeCancelled) {
  Clock* const clock = SystemClock();
  for (int round = 0; round < 50; ++round) {
    const Clock::TimerId far = clock->After(hours(1), [] { FAIL(); });
    std::promise<void> woken;
    clock->After(std::chrono::nanoseconds(1), [&] { woken.set_value(); });  // then it sleeps for the far one again
    woken.get_future().wait();
    EXPECT_TRUE(clock->Cancel(far));
  }
}

TEST(SystemClock, CancellingNoTimerReturnsAtOnce) { EXPECT_FALSE(SystemClock()->Cancel(0)); }

TEST(SystemClock, CancelWaitsForATimerThatRuns) {
  Clock* const clock = SystemClock();
  std::promise<void> begun;
  std::promise<void> go;
  std::atomic<bool> ended{false};
  const Clock::TimerId id = clock->After(Duration::zero(), [&] {
    begun.set_value();
    go.get_future().wait();
    ended = true;
  });
  begun.get_future().wait();
  std::thread cancel([&] {
    EXPECT_FALSE(clock->Cancel(id));
    EXPECT_TRUE(ended);
  });
  go.set_value();
  cancel.join();
}

TEST(SystemClock, ATimerMayCancelItself) {
  Clock* const clock = SystemClock();
  std::promise<bool> cancelled;
  std::atomic<Clock::TimerId> id{0};
  std::promise<void> known;
  id = clock->After(Duration::zero(), [&] {
    known.get_future().wait();
    cancelled.set_value(clock->Cancel(id));
  });
  known.set_value();
  EXPECT_FALSE(cancelled.get_future().get());
}

TEST(UnixMillis, GoBothWays) {
  EXPECT_EQ(ToUnixMillis(FromUnixMillis(1764000000123)), 1764000000123);
  EXPECT_EQ(ToUnixMillis(WallTime()), 0);
}

TEST(FakeClock, FiresDueTimersInOrderAtTheirTimes) {
  testing::FakeClock clock;
  const SteadyTime begin = clock.Now();
  std::vector<Duration> fired;
  clock.After(seconds(2), [&] { fired.push_back(clock.Now() - begin); });
  clock.After(seconds(1), [&] {
    fired.push_back(clock.Now() - begin);
    clock.After(milliseconds(500), [&] { fired.push_back(clock.Now() - begin); });
  });
  const Clock::TimerId never = clock.After(seconds(1), [&] { ADD_FAILURE(); });
  EXPECT_TRUE(clock.Cancel(never));
  clock.Advance(seconds(3));
  EXPECT_EQ(fired, (std::vector<Duration>{seconds(1), milliseconds(1500), seconds(2)}));
  EXPECT_EQ(clock.Now() - begin, seconds(3));
  EXPECT_EQ(clock.pending_timers(), 0u);
}

}  // namespace
}  // namespace winnow
