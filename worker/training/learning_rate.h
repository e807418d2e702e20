// Which learning rate a step of a training has.
#ifndef WORKER_TRAINING_LEARNING_RATE_H_
#define WORKER_TRAINING_LEARNING_RATE_H_

#include <cstdint>

#include "spec/sweep_spec.h"

namespace winnow::worker {

// How long a training is. Both above 0.
struct TrainingLength {
  int64_t epochs = 1;
  int64_t steps_per_epoch = 1;

  int64_t steps() const { return epochs * steps_per_epoch; }
};

// Where in its schedule a training of `length` begins, and how long the schedule is: all of it, or, where it is made
// for more epochs, the last part.
struct SchedulePlace {
  TrainingLength length;
  int64_t first_step = 0;
};
SchedulePlace PlaceInSchedule(const spec::LearningRate& rate, const TrainingLength& length);

// The rate of step `step`, counted from 0 over the whole training: a pure function.
//
// With W = warmup_epochs * steps_per_epoch, and s = step + first_step and T = length.steps() of PlaceInSchedule():
//   s < W        initial * min(1, (s + 1) / W)                        whatever the schedule
//   constant     initial
//   step         initial * factor ^ (milestones that are <= the step's epoch, counted from 0)
//   cosine       initial * (1 + cos(pi * (s - W) / (T - W))) / 2      reaches 0 after the last step
// (cosine: Loshchilov and Hutter, arXiv 1608.03983, without restarts.)
double LearningRateAt(const spec::LearningRate& rate, const TrainingLength& length, int64_t step);

}  // namespace winnow::worker

#endif  // WORKER_TRAINING_LEARNING_RATE_H_
