// When masks change during a retraining, and how much is pruned by then.
//
// Threads    pure functions.
#ifndef WORKER_PRUNING_CUBIC_SCHEDULE_H_
#define WORKER_PRUNING_CUBIC_SCHEDULE_H_

#include <cstdint>

#include "spec/mask_changes.h"

namespace winnow::worker {

// Steps of the optimizer, counted from 0. Masks change before a step; before step 0 they are made.
struct ChangeTimes {
  int64_t last = 0;      // the step before which they change for the last time; 0: they never do
  int64_t interval = 1;  // between two changes

  // At every multiple of the interval up to the last change, and at that.
  bool ChangeBefore(int64_t step) const;
};

// Of a retraining of so many steps: the last change is mask_epochs (0: three quarters of the retraining) after the
// begin, but always with a step behind it.
ChangeTimes TimesOf(const spec::MaskChanges& changes, int64_t epochs, int64_t steps_per_epoch);

// Of `last` changes' time so much has gone: end + (start - end) (1 - step / last)^3, from the last change on exactly
// `end` (Zhu and Gupta, arXiv 1710.01878). 0 <= start, end <= 1.
double CubicRate(double start, double end, int64_t step, const ChangeTimes& times);

// The share of survivors that a change at `step` replaces: first / 2 (1 + cos(pi step / last)), at last 0 (Evci et al.,
// arXiv 1911.11134).
double CosineFraction(double first, int64_t step, const ChangeTimes& times);

}  // namespace winnow::worker

#endif  // WORKER_PRUNING_CUBIC_SCHEDULE_H_
