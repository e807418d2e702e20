#include "worker/pruning/cubic_schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace winnow::worker {
namespace {

std::vector<int64_t> StepsOf(const ChangeTimes& times, int64_t steps) {
  std::vector<int64_t> found;
  for (int64_t step = 0; step < steps; ++step) {
    if (times.ChangeBefore(step)) found.push_back(step);
  }
  return found;
}

TEST(ChangeTimes, AreEveryIntervalAndTheLast) {
  EXPECT_EQ(StepsOf({.last = 10, .interval = 4}, 100), (std::vector<int64_t>{4, 8, 10}));
  EXPECT_EQ(StepsOf({.last = 8, .interval = 4}, 100), (std::vector<int64_t>{4, 8}));
  EXPECT_EQ(StepsOf({.last = 3, .interval = 100}, 100), (std::vector<int64_t>{3}));
  EXPECT_EQ(StepsOf({.last = 0, .interval = 1}, 100), (std::vector<int64_t>{}));
}

TEST(ChangeTimes, EndAfterMaskEpochsAndLeaveAStep) {
  spec::MaskChanges changes;
  EXPECT_EQ(TimesOf(changes, 4, 100).last, 300);  // three quarters
  EXPECT_EQ(TimesOf(changes, 4, 100).interval, 100);
  changes.mask_epochs = 1.5;
  changes.mask_interval = 7;
  EXPECT_EQ(TimesOf(changes, 4, 101).last, 152);  // 151.5, halves away from zero
  EXPECT_EQ(TimesOf(changes, 4, 101).interval, 7);
  changes.mask_epochs = 4;
  EXPECT_EQ(TimesOf(changes, 4, 100).last, 399);
  EXPECT_EQ(TimesOf(changes, 1, 1).last, 0);
  EXPECT_EQ(TimesOf(changes, 0, 10).last, 0);
}

TEST(CubicRate, IsTheFormulaAndEndsExactly) {
  const ChangeTimes times{.last = 90, .interval = 10};
  EXPECT_EQ(CubicRate(0.25, 0.7, 0, times), 0.7 + (0.25 - 0.7) * 1.0);
  EXPECT_NEAR(CubicRate(0.25, 0.7, 0, times), 0.25, 1e-15);
  double before = 0;
  for (int64_t step = 0; step < 90; ++step) {
    const double left = 1.0 - static_cast<double>(step) / 90.0;
    EXPECT_NEAR(CubicRate(0.25, 0.7, step, times), 0.7 - 0.45 * left * left * left, 1e-15) << step;
    EXPECT_GT(CubicRate(0.25, 0.7, step, times), before);
    before = CubicRate(0.25, 0.7, step, times);
  }
  EXPECT_EQ(CubicRate(0.25, 0.7, 90, times), 0.7);
  EXPECT_EQ(CubicRate(0.25, 0.7, 1000, times), 0.7);
  EXPECT_EQ(CubicRate(0.25, 0.7, 0, {.last = 0, .interval = 1}), 0.7);
}

TEST(CosineFraction, FallsFromTheFirstToNothing) {
  const ChangeTimes times{.last = 80, .interval = 10};
  EXPECT_DOUBLE_EQ(CosineFraction(0.3, 0, times), 0.3);
  EXPECT_NEAR(CosineFraction(0.3, 40, times), 0.15, 1e-15);
  EXPECT_NEAR(CosineFraction(0.3, 20, times), 0.15 * (1 + std::numbers::sqrt2 / 2), 1e-15);
  EXPECT_EQ(CosineFraction(0.3, 80, times), 0.0);
  EXPECT_EQ(CosineFraction(0.3, 0, {.last = 0, .interval = 1}), 0.0);
}

}  // namespace
}  // namespace winnow::worker
