#include "worker/bench/spread.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

namespace winnow::worker {
namespace {

double Quantile(const std::vector<double>& sorted, double p) {
  const double index = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(std::floor(index));
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (index - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

Spread Summarise(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  return {.min = sorted.front(),
          .median = Quantile(sorted, 0.5),
          .q1 = Quantile(sorted, 0.25),
          .q3 = Quantile(sorted, 0.75)};
}

double MedianRatio(std::span<const double> above, std::span<const double> below) {
  std::vector<double> ratios(above.size());
  std::transform(above.begin(), above.end(), below.begin(), ratios.begin(), std::divides<>());
  return Summarise(ratios).median;
}

Json ToJson(const Spread& spread) {
  return {{"min", spread.min}, {"median", spread.median}, {"q1", spread.q1}, {"q3", spread.q3}};
}

}  // namespace winnow::worker
