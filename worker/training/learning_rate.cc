#include "worker/training/learning_rate.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace winnow::worker {

SchedulePlace PlaceInSchedule(const spec::LearningRate& rate, const TrainingLength& length) {
  const int64_t epochs = std::max<int64_t>(length.epochs, rate.schedule_epochs);
  return {.length = {epochs, length.steps_per_epoch}, .first_step = (epochs - length.epochs) * length.steps_per_epoch};
}

double LearningRateAt(const spec::LearningRate& rate, const TrainingLength& own_length, int64_t own_step) {
  const auto [length, first_step] = PlaceInSchedule(rate, own_length);
  const int64_t step = first_step + own_step;
  const double warmup = rate.warmup_epochs * static_cast<double>(length.steps_per_epoch);
  const auto s = static_cast<double>(step);
  if (s < warmup) return rate.initial * std::min(1.0, (s + 1) / warmup);
  switch (rate.schedule) {
    case spec::LearningRateSchedule::kConstant:
      return rate.initial;
    case spec::LearningRateSchedule::kStep: {
      const int64_t epoch = step / length.steps_per_epoch;
      const auto passed = std::count_if(rate.milestones.begin(), rate.milestones.end(),
                                        [&](int milestone) { return milestone <= epoch; });
      return rate.initial * std::pow(rate.factor, static_cast<double>(passed));
    }
    case spec::LearningRateSchedule::kCosine: {
      const double share = (s - warmup) / (static_cast<double>(length.steps()) - warmup);
      return rate.initial * (1 + std::cos(std::numbers::pi * share)) / 2;
    }
  }
  return rate.initial;
}

}  // namespace winnow::worker
