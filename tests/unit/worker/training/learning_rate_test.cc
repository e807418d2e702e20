#include "worker/training/learning_rate.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace winnow::worker {
namespace {

using spec::LearningRate;
using spec::LearningRateSchedule;

struct Case {
  std::string name;
  LearningRate rate;
  TrainingLength length;
  std::vector<std::pair<int64_t, double>> expected;  // step, rate
};

LearningRate Make(LearningRateSchedule schedule, double warmup = 0, std::vector<int> milestones = {}) {
  LearningRate rate;
  rate.initial = 0.1;
  rate.schedule = schedule;
  rate.milestones = std::move(milestones);
  rate.factor = 0.5;
  rate.warmup_epochs = warmup;
  return rate;
}

const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = {
      {"constant", Make(LearningRateSchedule::kConstant), {2, 3}, {{0, 0.1}, {3, 0.1}, {5, 0.1}}},
      // 10 steps an epoch; the rate falls at steps 10 and 30.
      {"step",
       Make(LearningRateSchedule::kStep, 0, {1, 3}),
       {4, 10},
       {{0, 0.1}, {9, 0.1}, {10, 0.05}, {29, 0.05}, {30, 0.025}, {39, 0.025}}},
      // 8 steps in all: cos(0), cos(pi/4), cos(pi/2), cos(7 pi/8).
      {"cosine",
       Make(LearningRateSchedule::kCosine),
       {2, 4},
       {{0, 0.1}, {2, 0.08535533905932738}, {4, 0.05}, {7, 0.0038060233744356645}}},
      // Half an epoch of 4 steps: 2 steps up, then the cosine over the other 6.
      {"cosine after a fractional warm-up",
       Make(LearningRateSchedule::kCosine, 0.5),
       {2, 4},
       {{0, 0.05}, {1, 0.1}, {2, 0.1}, {5, 0.05}, {7, 0.1 * 0.0669872981077807}}},
      // A warm-up of 1.5 steps reaches the top in its second.
      {"warm-up that ends within a step",
       Make(LearningRateSchedule::kConstant, 0.5),
       {2, 3},
       {{0, 0.1 / 1.5}, {1, 0.1}}},
      {"steps count through a warm-up",
       Make(LearningRateSchedule::kStep, 1, {2}),
       {4, 2},
       {{0, 0.05}, {1, 0.1}, {3, 0.1}, {4, 0.05}}},
  };
  return cases;
}

TEST(LearningRateAt, FollowsTheScheduleOfTheTable) {
  for (const Case& c : Cases()) {
    for (const auto& [step, expected] : c.expected) {
      EXPECT_NEAR(LearningRateAt(c.rate, c.length, step), expected, 1e-12) << c.name << ", step " << step;
    }
  }
}

// Learning-rate rewinding: the last three of ten epochs, whatever the schedule.
TEST(LearningRateAt, OfAScheduleForMoreEpochsIsItsLastPart) {
  for (const LearningRateSchedule schedule :
       {LearningRateSchedule::kConstant, LearningRateSchedule::kStep, LearningRateSchedule::kCosine}) {
    const LearningRate dense = Make(schedule, 8.5, {4, 8, 9});
    LearningRate rewound = dense;
    rewound.schedule_epochs = 10;
    for (int64_t step = 0; step < 15; ++step) {
      EXPECT_EQ(LearningRateAt(rewound, {3, 5}, step), LearningRateAt(dense, {10, 5}, 35 + step)) << step;
    }
    // One that is made for no more than there is is all of it.
    rewound.schedule_epochs = 3;
    for (int64_t step = 0; step < 50; ++step) {
      EXPECT_EQ(LearningRateAt(rewound, {10, 5}, step), LearningRateAt(dense, {10, 5}, step));
    }
  }
}

TEST(LearningRateAt, CosineFallsAllTheWayToNearlyZero) {
  const LearningRate rate = Make(LearningRateSchedule::kCosine);
  const TrainingLength length{10, 100};
  double last = 1;
  for (int64_t step = 0; step < length.steps(); ++step) {
    const double now = LearningRateAt(rate, length, step);
    ASSERT_LT(now, last) << "step " << step;
    last = now;
  }
  EXPECT_LT(last, 1e-6);
  EXPECT_GT(last, 0);
}

}  // namespace
}  // namespace winnow::worker
