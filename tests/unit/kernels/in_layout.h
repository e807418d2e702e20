// Test tensors in the layouts of plans.
#ifndef TESTS_UNIT_KERNELS_IN_LAYOUT_H_
#define TESTS_UNIT_KERNELS_IN_LAYOUT_H_

#include <limits>
#include <span>
#include <vector>

#include "kernels/layout/blocked_layout.h"

namespace winnow::kernels {

// Lanes past the last image hold NaN: they must not reach any other.
inline std::vector<float> InLayout(TensorLayout layout, const ImageSizes& sizes, const std::vector<float>& nchw) {
  if (layout == TensorLayout::kNchw) return nchw;
  std::vector<float> blocked(static_cast<size_t>(ElementsIn(layout, sizes)));
  NchwToBlocked(sizes, nchw.data(), blocked.data());
  const int64_t last_block = (sizes.Blocks() - 1) * kImageBlock * sizes.channels * sizes.pixels;
  for (int64_t i = last_block; i < static_cast<int64_t>(blocked.size()); ++i) {
    const bool is_image = (sizes.Blocks() - 1) * kImageBlock + i % kImageBlock < sizes.batch;
    if (!is_image) blocked[static_cast<size_t>(i)] = std::numeric_limits<float>::quiet_NaN();
  }
  return blocked;
}

inline std::vector<float> InNchw(TensorLayout layout, const ImageSizes& sizes, std::span<const float> tensor) {
  std::vector<float> nchw(tensor.begin(), tensor.end());
  if (layout == TensorLayout::kNchw) return nchw;
  nchw.resize(static_cast<size_t>(ElementsIn(TensorLayout::kNchw, sizes)));
  BlockedToNchw(sizes, tensor.data(), nchw.data());
  return nchw;
}

}  // namespace winnow::kernels

#endif  // TESTS_UNIT_KERNELS_IN_LAYOUT_H_
