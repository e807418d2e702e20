// Where repeated timings of one thing lie.
#ifndef WORKER_BENCH_SPREAD_H_
#define WORKER_BENCH_SPREAD_H_

#include <span>

#include "base/json.h"

namespace winnow::worker {

// Units: those of what was summarised. Quartiles lie between order statistics by linear interpolation: quantile p of n
// sorted values x is at index p (n - 1), counted from 0.
struct Spread {
  double min = 0;
  double median = 0;
  double q1 = 0;
  double q3 = 0;

  // (q3 - q1) / median: how far apart the middle half lies. 0 where the median is 0.
  double RelativeWidth() const { return median > 0 ? (q3 - q1) / median : 0; }
};

// `values` must not be empty.
Spread Summarise(std::span<const double> values);

// Median of above[i] / below[i], two contenders' samples of the same round; both of one size, not empty.
double MedianRatio(std::span<const double> above, std::span<const double> below);

Json ToJson(const Spread& spread);

}  // namespace winnow::worker

#endif  // WORKER_BENCH_SPREAD_H_
