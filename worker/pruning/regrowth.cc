#include "worker/pruning/regrowth.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/transforms/importance_factors.h"
#include "worker/pruning/tile_size.h"

namespace winnow::worker {
namespace {

// The `count` indexes that come first by `before`.
template <typename Before>
std::span<const uint32_t> First(std::vector<uint32_t>& indexes, int64_t count, const Before& before) {
  const auto end = indexes.begin() + std::min<int64_t>(count, std::ssize(indexes));
  std::nth_element(indexes.begin(), end, indexes.end(), before);
  return {indexes.begin(), end};
}

std::vector<uint32_t> IndexesWhere(std::span<const uint8_t> kept, bool wanted) {
  std::vector<uint32_t> indexes;
  for (size_t i = 0; i < kept.size(); ++i) {
    if ((kept[i] != 0) == wanted) indexes.push_back(static_cast<uint32_t>(i));
  }
  return indexes;
}

}  // namespace

SwapScores ScoresForSwap(std::span<const float> q, std::span<const float> gradient, int tile_size,
                         bool importance_factors) {
  const auto positions = static_cast<size_t>((tile_size + 2) * (tile_size + 2));
  const std::vector<double> factors = importance_factors ? kernels::NormalizedImportanceFactors(VariantOf(tile_size))
                                                         : std::vector<double>(positions, 1.0);
  SwapScores scores;
  scores.importance.reserve(q.size());
  scores.growth.reserve(q.size());
  for (size_t i = 0; i < q.size(); ++i) {
    const double factor = factors[i % positions];
    scores.importance.push_back(static_cast<float>(factor * std::fabs(static_cast<double>(q[i]))));
    scores.growth.push_back(static_cast<float>(std::fabs(static_cast<double>(gradient[i])) / factor));
  }
  return scores;
}

std::vector<uint8_t> SwapLeastForSteepest(const SwapScores& scores, std::span<const uint8_t> kept, double fraction) {
  std::vector<uint8_t> mask(kept.begin(), kept.end());
  std::vector<uint32_t> survivors = IndexesWhere(mask, true);
  const int64_t count = std::llround(fraction * static_cast<double>(survivors.size()));
  const auto less = [&](uint32_t a, uint32_t b) {
    return scores.importance[a] != scores.importance[b] ? scores.importance[a] < scores.importance[b] : a < b;
  };
  for (const uint32_t i : First(survivors, count, less)) mask[i] = 0;
  std::vector<uint32_t> pruned = IndexesWhere(mask, false);
  const auto steeper = [&](uint32_t a, uint32_t b) {
    return scores.growth[a] != scores.growth[b] ? scores.growth[a] > scores.growth[b] : a < b;
  };
  for (const uint32_t i : First(pruned, count, steeper)) mask[i] = 1;
  return mask;
}

}  // namespace winnow::worker
