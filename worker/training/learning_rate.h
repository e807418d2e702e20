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

// The rate of step `step`, counted from 0 over the whole training: a pure function.
//
// With W = warmup_epochs * steps_per_epoch, s = step and T = length.steps():
//   s < W        initial * min(1, (s + 1) / W)                        whatever the schedule
//   constant     initial
//   step         initial * factor ^ (milestones that are <= the step's epoch, counted from 0)
//   cosine       initial * (1 + cos(pi * (s - W) / (T - W))) / 2      reaches 0 after the last step
// (cosine: Loshchilov and Hutter, arXiv 1608.03983, without restarts.)
double LearningRateAt(const spec::LearningRate& rate, const TrainingLength& length, int64_t step);

}  // namespace winnow::worker

#endif  // WORKER_TRAINING_LEARNING_RATE_H_
