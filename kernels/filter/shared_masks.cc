#include "kernels/filter/shared_masks.h"

#include <algorithm>

#include "kernels/filter/packed_row.h"

namespace winnow::kernels {
namespace {

// Whether in every whole group of 2 * `half` output channels the first of both halves keep the same.
bool HalvesAgree(int64_t half, int64_t out_channels, std::span<const float> q) {
  const int64_t size = static_cast<int64_t>(q.size()) / out_channels;
  for (int64_t o = 0; o + 2 * half <= out_channels; o += 2 * half) {
    const float* const a = q.data() + o * size;
    const auto same = [](float x, float y) { return (x != 0) == (y != 0); };
    if (!std::equal(a, a + size, a + half * size, same)) return false;
  }
  return true;
}

}  // namespace

int64_t SharedMasks(int64_t out_channels, std::span<const float> q) {
  int64_t channels = 1;
  while (channels < kMaxRowChannels && 2 * channels <= out_channels && HalvesAgree(channels, out_channels, q)) {
    channels *= 2;
  }
  return channels;
}

}  // namespace winnow::kernels
