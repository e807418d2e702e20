#include "worker/pruning/sensitivity.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace winnow::worker {
namespace {

constexpr int kGrid = 20;

}  // namespace

std::optional<double> RateOfFall(double start, double full, double limit,
                                 const std::function<std::optional<double>(double)>& accuracy_at) {
  const auto rate_of = [&](int k) { return start + (1.0 - start) * k / kGrid; };
  int above = 0, below = kGrid;  // grid points with an accuracy above the limit, and at or below it
  double accuracy_above = full, accuracy_below = limit;
  while (below - above > 1) {
    const int middle = (above + below) / 2;
    const std::optional<double> accuracy = accuracy_at(rate_of(middle));
    if (!accuracy) return std::nullopt;
    (*accuracy > limit ? above : below) = middle;
    (*accuracy > limit ? accuracy_above : accuracy_below) = *accuracy;
  }
  if (below == kGrid) return rate_of(kGrid - 1);  // nothing is known of a layer that is all gone
  const double share = (accuracy_above - limit) / (accuracy_above - accuracy_below);
  return rate_of(above) + (rate_of(below) - rate_of(above)) * share;
}

float ScoreAtRate(std::span<const float> scores, double rate) {
  if (scores.empty()) return 0.0f;
  std::vector<float> sorted(scores.begin(), scores.end());
  std::sort(sorted.begin(), sorted.end());
  const auto index = static_cast<size_t>(std::floor(rate * static_cast<double>(sorted.size())));
  const float score = sorted[std::min(index, sorted.size() - 1)];
  if (score > 0.0f) return score;
  const auto positive = std::upper_bound(sorted.begin(), sorted.end(), 0.0f);
  return positive == sorted.end() ? 0.0f : *positive;
}

}  // namespace winnow::worker
