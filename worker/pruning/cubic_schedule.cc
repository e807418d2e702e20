#include "worker/pruning/cubic_schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace winnow::worker {
namespace {

constexpr double kDefaultShare = 0.75;  // of the retraining, in which masks change

double ShareGone(int64_t step, const ChangeTimes& times) {
  return static_cast<double>(step) / static_cast<double>(times.last);
}

}  // namespace

bool ChangeTimes::ChangeBefore(int64_t step) const {
  return step > 0 && step <= last && (step % interval == 0 || step == last);
}

ChangeTimes TimesOf(const spec::MaskChanges& changes, int64_t epochs, int64_t steps_per_epoch) {
  const double length = changes.mask_epochs > 0.0 ? changes.mask_epochs : kDefaultShare * static_cast<double>(epochs);
  const int64_t last = std::llround(length * static_cast<double>(steps_per_epoch));
  const int64_t most = std::max<int64_t>(0, epochs * steps_per_epoch - 1);
  return {.last = std::min(last, most), .interval = changes.mask_interval};
}

double CubicRate(double start, double end, int64_t step, const ChangeTimes& times) {
  if (step >= times.last) return end;
  return end + (start - end) * std::pow(1.0 - ShareGone(step, times), 3.0);
}

double CosineFraction(double first, int64_t step, const ChangeTimes& times) {
  if (step >= times.last) return 0.0;
  return first / 2.0 * (1.0 + std::cos(std::numbers::pi * ShareGone(step, times)));
}

}  // namespace winnow::worker
