#include "kernels/filter/check_filter.h"

#include <cmath>
#include <string>

namespace winnow::kernels {

Status CheckFilter(WinogradVariant variant, int64_t out_channels, int64_t in_channels, std::span<const float> q) {
  const int64_t positions = Positions(variant);
  const int64_t expected = out_channels * in_channels * positions;
  if (static_cast<int64_t>(q.size()) != expected) {
    return InvalidArgument("filter for " + std::string(VariantName(variant)) + " with " + std::to_string(out_channels) +
                           " output and " + std::to_string(in_channels) + " input channels needs " +
                           std::to_string(expected) + " coefficients, got " + std::to_string(q.size()));
  }
  for (int64_t i = 0; i < expected; ++i) {
    if (std::isfinite(q[i])) continue;
    return InvalidArgument("filter coefficient at output channel " + std::to_string(i / positions / in_channels) +
                           ", input channel " + std::to_string(i / positions % in_channels) + ", position " +
                           std::to_string(i % positions) + " is not finite; the training diverged before this pruning");
  }
  return OkStatus();
}

}  // namespace winnow::kernels
