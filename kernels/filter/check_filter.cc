#include "kernels/filter/check_filter.h"

#include <bit>
#include <cmath>
#include <string>

namespace winnow::kernels {
namespace {

constexpr size_t kChunk = 1024;

// Of a fixed number of values and without a branch a value, so that the compiler makes vector code of it.
bool ChunkIsFinite(const float* values) {
  constexpr uint32_t kExponent = 0x7f800000;
  uint32_t bad = 0;
  for (size_t i = 0; i < kChunk; ++i) {
    bad |= (std::bit_cast<uint32_t>(values[i]) & kExponent) == kExponent ? 1 : 0;
  }
  return bad == 0;
}

}  // namespace

size_t FirstNotFinite(std::span<const float> values) {
  size_t i = 0;
  while (i + kChunk <= values.size() && ChunkIsFinite(values.data() + i)) i += kChunk;
  while (i < values.size() && std::isfinite(values[i])) ++i;
  return i;
}

Status CheckFilter(WinogradVariant variant, int64_t out_channels, int64_t in_channels, std::span<const float> q) {
  const int64_t positions = Positions(variant);
  const int64_t expected = out_channels * in_channels * positions;
  if (static_cast<int64_t>(q.size()) != expected) {
    return InvalidArgument("filter for " + std::string(VariantName(variant)) + " with " + std::to_string(out_channels) +
                           " output and " + std::to_string(in_channels) + " input channels needs " +
                           std::to_string(expected) + " coefficients, got " + std::to_string(q.size()));
  }
  const auto i = static_cast<int64_t>(FirstNotFinite(q));
  if (i == expected) return OkStatus();
  return InvalidArgument("filter coefficient at output channel " + std::to_string(i / positions / in_channels) +
                         ", input channel " + std::to_string(i / positions % in_channels) + ", position " +
                         std::to_string(i % positions) +
                         " is not finite; a net whose training diverged has such weights");
}

Status CheckWeights(int64_t out_channels, int64_t in_channels, std::span<const float> weights) {
  const int64_t expected = out_channels * in_channels * 9;
  if (static_cast<int64_t>(weights.size()) != expected) {
    return InvalidArgument("weights has " + std::to_string(weights.size()) + " floats; " +
                           std::to_string(out_channels) + " output and " + std::to_string(in_channels) +
                           " input channels need " + std::to_string(expected));
  }
  const auto i = static_cast<int64_t>(FirstNotFinite(weights));
  if (i == expected) return OkStatus();
  return InvalidArgument("weight at output channel " + std::to_string(i / 9 / in_channels) + ", input channel " +
                         std::to_string(i / 9 % in_channels) + ", row " + std::to_string(i % 9 / 3) + ", column " +
                         std::to_string(i % 3) + " is not finite");
}

}  // namespace winnow::kernels
