// Percentiles of what was measured.
#ifndef TESTS_LOAD_PERCENTILE_H_
#define TESTS_LOAD_PERCENTILE_H_

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/json.h"

namespace winnow::load {

// The smallest value that at least the share `p` of them does not exceed; 0 of none.
inline double Percentile(const std::vector<double>& sorted, double p) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<size_t>(std::ceil(p * static_cast<double>(sorted.size())));
  return sorted[std::clamp<size_t>(rank, 1, sorted.size()) - 1];
}

// {"count", "p50", "p90", "p99", "max"}.
inline Json Distribution(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {{"count", values.size()},
          {"p50", Percentile(values, 0.5)},
          {"p90", Percentile(values, 0.9)},
          {"p99", Percentile(values, 0.99)},
          {"max", values.empty() ? 0 : values.back()}};
}

}  // namespace winnow::load

#endif  // TESTS_LOAD_PERCENTILE_H_
