#include "kernels/filter/dense_filter.h"

#include <algorithm>

#include "kernels/filter/check_filter.h"

namespace winnow::kernels {

Result<DenseFilter> DenseFilter::Pack(WinogradVariant variant, int64_t out_channels, int64_t in_channels,
                                      std::span<const float> q, int row_block) {
  WINNOW_RETURN_ERR_IF_ERROR(CheckFilter(variant, out_channels, in_channels, q));
  DenseFilter packed;
  packed.row_blocks_ = (out_channels + row_block - 1) / row_block;
  packed.position_size_ = packed.row_blocks_ * in_channels * row_block;
  packed.nonzeros_ = std::count_if(q.begin(), q.end(), [](float x) { return x != 0; });
  const int positions = Positions(variant);
  packed.weights_.assign(packed.position_size_ * positions, 0.0f);
  for (int64_t o = 0; o < out_channels; ++o) {
    for (int64_t c = 0; c < in_channels; ++c) {
      const float* const from = q.data() + (o * in_channels + c) * positions;
      float* const to = packed.weights_.data() + (o / row_block * in_channels + c) * row_block + o % row_block;
      for (int p = 0; p < positions; ++p) to[p * packed.position_size_] = from[p];
    }
  }
  return packed;
}

}  // namespace winnow::kernels
