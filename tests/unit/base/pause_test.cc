#include "base/pause.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/fake_clock.h"
#include "tests/support/wait_for.h"

namespace winnow {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class PauseTest : public ::testing::Test {
 protected:
  // What an Until() of an hour returns, on a thread that is surely waiting when this returns.
  std::thread WaitInBackground(bool* result) {
    std::thread thread([this, result] { *result = pause_.For(hours(1)); });
    EXPECT_TRUE(testing::WaitFor([&] { return clock_.pending_timers() == 1; }));
    return thread;
  }

  testing::FakeClock clock_;
  Pause pause_{&clock_};
};

TEST_F(PauseTest, EndsWhenItsTimeHasCome) {
  bool undisturbed = false;
  std::thread thread = WaitInBackground(&undisturbed);
  clock_.Advance(hours(1));
  thread.join();
  EXPECT_TRUE(undisturbed);
}

TEST_F(PauseTest, WakeEndsOneWait) {
  bool undisturbed = true;
  std::thread thread = WaitInBackground(&undisturbed);
  pause_.Wake();
  thread.join();
  EXPECT_FALSE(undisturbed);
  EXPECT_EQ(clock_.pending_timers(), 0u);
  EXPECT_FALSE(pause_.stopped());
}

TEST_F(PauseTest, AWakeBeforeTheWaitIsNotLost) {
  pause_.Wake();
  EXPECT_FALSE(pause_.For(hours(1)));
  bool undisturbed = false;
  std::thread thread = WaitInBackground(&undisturbed);  // but counts only once
  clock_.Advance(hours(2));
  thread.join();
  EXPECT_TRUE(undisturbed);
}

TEST_F(PauseTest, StopIsForGood) {
  pause_.Stop();
  EXPECT_TRUE(pause_.stopped());
  EXPECT_FALSE(pause_.For(hours(1)));
  EXPECT_FALSE(pause_.For(hours(1)));
}

TEST(PauseOnTheSystemClock, EndsWhenItsTimeHasCome) {
  Pause pause(SystemClock());
  EXPECT_TRUE(pause.For(std::chrono::milliseconds(5)));
  EXPECT_TRUE(pause.Until(SystemClock()->Now() - seconds(1)));
}

}  // namespace
}  // namespace winnow
