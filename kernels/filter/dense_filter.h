// An unpruned filter in the layout the dense multiplication reads.
#ifndef KERNELS_FILTER_DENSE_FILTER_H_
#define KERNELS_FILTER_DENSE_FILTER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "kernels/transforms/winograd_variant.h"

namespace winnow::kernels {

// Layout   [position][row block][in_channel][row in block]: row_block output channels side by side, so that one pass
//          over V's channels feeds row_block accumulators a vector. The last block is filled up with zeros.
// Threads  immutable once made.
class DenseFilter {
 public:
  // kInvalidArgument  q of another size, or a NaN or infinity (named by its place)
  static Result<DenseFilter> Pack(WinogradVariant variant, int64_t out_channels, int64_t in_channels,
                                  std::span<const float> q, int row_block);

  // [row block][in_channel][row in block] of one position.
  const float* PositionWeights(int position) const { return weights_.data() + position * position_size_; }
  int64_t RowBlocks() const { return row_blocks_; }

  int64_t Nonzeros() const { return nonzeros_; }
  int64_t Bytes() const { return static_cast<int64_t>(weights_.size() * sizeof(float)); }

 private:
  DenseFilter() = default;

  int64_t row_blocks_ = 0;
  int64_t position_size_ = 0;
  int64_t nonzeros_ = 0;
  std::vector<float> weights_;
};

}  // namespace winnow::kernels

#endif  // KERNELS_FILTER_DENSE_FILTER_H_
