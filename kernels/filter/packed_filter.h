// A pruned filter in the layout the sparse multiplication reads.
#ifndef KERNELS_FILTER_PACKED_FILTER_H_
#define KERNELS_FILTER_PACKED_FILTER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "kernels/filter/packed_row.h"
#include "kernels/transforms/winograd_variant.h"

namespace winnow::kernels {

// How V lies in memory decides how indices are written.
struct PackedFilterLayout {
  int64_t channel_block = 0;         // input channels of one panel of V, which should stay in the L1 cache
  int64_t channel_stride_bytes = 0;  // from one channel's vectors in a panel to the next's; a multiple of 8
};

// Compressed rows, one list for every (position, channel block), of the coefficients that are not zero.
//
// Layout    A row holds the kept input channels of one output channel: weights and u16 indices, nothing between rows.
//           An index is channel_in_block * channel_stride_bytes / 8. Rows of a block are sorted by their remainder
//           (nonzeros % 4), then by their length, longest first: so the code for a remainder is chosen four times a
//           block instead of every row, and trip counts are predictable. Each row carries its output channel. The
//           first block of a position has every row, because it initialises M; later ones leave empty rows out.
// Threads   immutable once made.
class PackedFilter {
 public:
  struct Block {
    int64_t first_channel = 0;  // of V
    int64_t row_begin = 0;      // into rows()
    int64_t row_count = 0;
    int64_t remainder_end[kGroupSize] = {};  // rows of the block with remainder <= r; the last is row_count
    int64_t coefficient_begin = 0;           // into weights() and indices()
  };

  // Packs q [out_channels][in_channels][alpha][alpha].
  //
  // kInvalidArgument  q of another size, a NaN or infinity (named by its place), or a layout whose indices do not fit
  static Result<PackedFilter> Pack(WinogradVariant variant, int64_t out_channels, int64_t in_channels,
                                   std::span<const float> q, const PackedFilterLayout& layout);

  // The blocks of one position, by ascending first_channel.
  std::span<const Block> BlocksOf(int position) const;
  const PackedRow* rows() const { return rows_.data(); }
  // Both are two groups longer than the coefficients: readers take whole groups, and indices one group ahead.
  const float* weights() const { return weights_.data(); }
  const uint16_t* indices() const { return indices_.data(); }

  int64_t Nonzeros() const { return nonzeros_; }
  int64_t Bytes() const;

 private:
  PackedFilter() = default;
  void AppendBlock(std::span<const float> q, int positions, int position, int64_t in_channels, int64_t first_channel,
                   int64_t last_channel, int64_t index_scale);

  int64_t out_channels_ = 0;
  int64_t blocks_per_position_ = 0;
  int64_t nonzeros_ = 0;
  std::vector<Block> blocks_;
  std::vector<PackedRow> rows_;
  std::vector<float> weights_;
  std::vector<uint16_t> indices_;
};

}  // namespace winnow::kernels

#endif  // KERNELS_FILTER_PACKED_FILTER_H_
