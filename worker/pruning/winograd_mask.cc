#include "worker/pruning/winograd_mask.h"

#include <algorithm>
#include <cmath>

#include "kernels/transforms/importance_factors.h"
#include "worker/pruning/tile_size.h"

namespace winnow::worker {
namespace {

struct Scored {
  double score;
  uint32_t first;  // index of the group's first coefficient
  bool operator<(const Scored& other) const { return score != other.score ? score < other.score : first < other.first; }
};

// How the coefficients fall into groups.
struct Grouping {
  size_t count;  // coefficients
  size_t row;    // of one output channel
  size_t size;   // output channels of a group

  // Indices of the members: first, first + row, ... below this.
  size_t End(size_t first) const { return std::min(first + size * row, count); }
  int64_t Members(size_t first) const { return static_cast<int64_t>((End(first) - first + row - 1) / row); }
};

std::vector<Scored> ScoreGroups(std::span<const float> coefficients, std::span<const double> factors,
                                const Grouping& grouping) {
  std::vector<Scored> scored;
  scored.reserve(coefficients.size() / grouping.size + grouping.row);
  for (size_t group = 0; group < coefficients.size(); group += grouping.size * grouping.row) {
    for (size_t first = group; first < std::min(group + grouping.row, coefficients.size()); ++first) {
      // In double neither the product of a factor and a float nor its square rounds to 0, so only zeros score 0.
      const double factor = factors[first % factors.size()];
      double score = factor * std::fabs(static_cast<double>(coefficients[first]));
      if (grouping.size > 1) {
        double squares = 0.0;
        for (size_t i = first; i < grouping.End(first); i += grouping.row) {
          const double one = factor * static_cast<double>(coefficients[i]);
          squares += one * one;
        }
        score = std::sqrt(squares / static_cast<double>(grouping.Members(first)));
      }
      scored.push_back({score, static_cast<uint32_t>(first)});
    }
  }
  return scored;
}

}  // namespace

WinogradMask PruneWinograd(std::span<const float> coefficients, double rate, int tile_size, bool importance_factors,
                           const MaskGroup& group) {
  const size_t count = coefficients.size();
  WinogradMask mask;
  mask.kept.assign(count, 1);
  if (count == 0) return mask;

  const auto per_kernel = static_cast<size_t>((tile_size + 2) * (tile_size + 2));
  const std::vector<double> factors = importance_factors ? kernels::NormalizedImportanceFactors(VariantOf(tile_size))
                                                         : std::vector<double>(per_kernel, 1.0);
  const Grouping grouping{count, static_cast<size_t>(group.in_channels) * per_kernel,
                          static_cast<size_t>(group.out_channels)};
  std::vector<Scored> scored = ScoreGroups(coefficients, factors, grouping);
  std::sort(scored.begin(), scored.end());
  const int64_t wanted = std::llround(rate * static_cast<double>(count));
  for (const auto& [score, first] : scored) {
    // Half a group or less missing: without it is as near.
    const int64_t members = grouping.Members(first);
    if (score > 0.0 && 2 * (wanted - mask.pruned) <= members) break;
    for (size_t i = first; i < grouping.End(first); i += grouping.row) mask.kept[i] = 0;
    mask.pruned += members;
  }
  mask.reached = static_cast<double>(mask.pruned) / static_cast<double>(count);
  return mask;
}

}  // namespace winnow::worker
