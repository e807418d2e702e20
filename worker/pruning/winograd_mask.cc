#include "worker/pruning/winograd_mask.h"

#include <algorithm>
#include <cmath>

#include "kernels/transforms/importance_factors.h"
#include "worker/pruning/tile_size.h"

namespace winnow::worker {

WinogradMask PruneWinograd(std::span<const float> coefficients, double rate, int tile_size, bool importance_factors) {
  const size_t count = coefficients.size();
  WinogradMask mask;
  mask.kept.assign(count, 1);
  if (count == 0) return mask;

  const auto per_kernel = static_cast<size_t>((tile_size + 2) * (tile_size + 2));
  const std::vector<double> factors = importance_factors ? kernels::NormalizedImportanceFactors(VariantOf(tile_size))
                                                         : std::vector<double>(per_kernel, 1.0);
  struct Scored {
    double score;
    uint32_t index;
    bool operator<(const Scored& other) const {
      return score != other.score ? score < other.score : index < other.index;
    }
  };
  std::vector<Scored> scored(count);
  int64_t zeros = 0;
  for (size_t i = 0; i < count; ++i) {
    // In double the product of a factor and a float never rounds to 0, so only zeros score 0.
    const double score = factors[i % per_kernel] * std::fabs(static_cast<double>(coefficients[i]));
    scored[i] = {score, static_cast<uint32_t>(i)};
    if (score == 0.0) ++zeros;
  }
  const int64_t wanted = std::llround(rate * static_cast<double>(count));
  mask.pruned = std::clamp<int64_t>(std::max(wanted, zeros), 0, static_cast<int64_t>(count));
  mask.reached = static_cast<double>(mask.pruned) / static_cast<double>(count);
  std::nth_element(scored.begin(), scored.begin() + mask.pruned, scored.end());
  for (int64_t i = 0; i < mask.pruned; ++i) mask.kept[scored[static_cast<size_t>(i)].index] = 0;
  return mask;
}

}  // namespace winnow::worker
