#include "kernels/tuning/fastest.h"

#include <algorithm>
#include <limits>

namespace winnow::kernels {

double MedianOf(Samples samples) {
  if (samples.empty()) return std::numeric_limits<double>::infinity();
  std::sort(samples.begin(), samples.end());
  const size_t middle = samples.size() / 2;
  return samples.size() % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
}

std::vector<size_t> StillInTheRace(std::span<const Samples> candidates) {
  double lowest = std::numeric_limits<double>::infinity();
  for (const Samples& samples : candidates) lowest = std::min(lowest, MedianOf(samples));
  std::vector<size_t> left;
  for (size_t i = 0; i < candidates.size(); ++i) {
    const Samples& samples = candidates[i];
    const bool lost =
        samples.size() >= 2 && *std::min_element(samples.begin(), samples.end()) > lowest * (1 + kClearLoss);
    if (!lost) left.push_back(i);
  }
  return left;
}

size_t FastestOf(std::span<const Samples> candidates) {
  size_t fastest = 0;
  double lowest = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (candidates[i].size() < kLeastRounds) continue;
    const double median = MedianOf(candidates[i]);
    if (median < lowest) {
      lowest = median;
      fastest = i;
    }
  }
  if (fastest == 0) return 0;
  return MedianOf(candidates[0]) * (1 - kNearTie) <= lowest ? 0 : fastest;
}

}  // namespace winnow::kernels
