// A pruned filter in the layout the sparse multiplication reads.
#ifndef KERNELS_FILTER_PACKED_FILTER_H_
#define KERNELS_FILTER_PACKED_FILTER_H_

#include <array>
#include <cstdint>
#include <memory>
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

  friend bool operator==(const PackedFilterLayout&, const PackedFilterLayout&) = default;
};

// An index counts this many bytes, so that 16 bits reach half a megabyte.
inline constexpr int64_t kIndexUnitBytes = 8;

// Compressed rows, one list for every (position, channel block), of the coefficients that are not zero.
//
// Layout     A row holds the kept input channels of one output channel, or of R neighbouring ones that keep the same,
//            ascending: u16 indices, and R weights for each; nothing between rows. An index is channel_in_block *
//            channel_stride_bytes / 8. Every (position, channel block) has the largest R of 1, 2, 4 and 8 for which all
//            whole groups of R output channels, counted from 0, and those of R / 2 keep the same; output channels
//            past the last whole group have rows of their own, in a second block. Rows of a block are sorted by
//            their remainder (kept % 4), then by their length, longest first, then by output channel: so the code for a
//            remainder is chosen four times a block instead of every row, and trip counts are predictable. The first
//            blocks of a position have every row, because they initialise M; later ones leave empty rows out. One
//            filter and layout have exactly one packed form.
// Ownership  shares its arrays, own ones or a mapped file's. Copying copies no coefficient.
// Threads    immutable once made.
class PackedFilter {
 public:
  struct Block {
    int64_t first_channel = 0;  // of V
    int64_t row_begin = 0;      // into rows()
    int64_t row_count = 0;
    int32_t remainder_end[kGroupSize] = {};  // rows of the block with remainder <= r; the last is row_count
    int64_t weight_begin = 0;                // into weights()
    int64_t index_begin = 0;                 // into indices()
    int64_t row_channels = 1;                // output channels of a row
  };

  // What a filter consists of. Both weights and indices are two groups of zeros longer than needed: readers take whole
  // groups, and indices one group ahead.
  struct Parts {
    WinogradVariant variant = WinogradVariant::kF4K3;
    int64_t out_channels = 0;
    int64_t in_channels = 0;
    PackedFilterLayout layout;
    std::span<const Block> blocks;  // by position, then ascending first_channel, then output channel
    std::span<const PackedRow> rows;
    std::span<const float> weights;
    std::span<const uint16_t> indices;
  };

  // Packs q [out_channels][in_channels][alpha][alpha].
  //
  // kInvalidArgument  no channels, q of another size, a NaN or infinity (named by its place), or a layout whose indices
  //                   do not fit
  static Result<PackedFilter> Pack(WinogradVariant variant, int64_t out_channels, int64_t in_channels,
                                   std::span<const float> q, const PackedFilterLayout& layout);

  // Takes arrays that somebody else made, without copying; `owner` keeps them alive and unchanged. Checks all of them:
  // what is accepted is what Pack() makes of Unpack().
  //
  // kDataLoss  anything else, named by its place (CheckPackedParts)
  static Result<PackedFilter> Borrow(const Parts& parts, std::shared_ptr<const void> owner);

  // q again: [out_channels][in_channels][alpha][alpha].
  std::vector<float> Unpack() const;

  WinogradVariant variant() const { return parts_.variant; }
  int64_t out_channels() const { return parts_.out_channels; }
  int64_t in_channels() const { return parts_.in_channels; }
  const PackedFilterLayout& layout() const { return parts_.layout; }
  const Parts& parts() const { return parts_; }

  // The blocks of one position, in order.
  std::span<const Block> BlocksOf(int position) const {
    return parts_.blocks.subspan(position_begin_[position], position_begin_[position + 1] - position_begin_[position]);
  }
  const PackedRow* rows() const { return parts_.rows.data(); }
  const float* weights() const { return parts_.weights.data(); }
  const uint16_t* indices() const { return parts_.indices.data(); }

  int64_t Nonzeros() const { return static_cast<int64_t>(parts_.weights.size() - kSlack); }
  int64_t Bytes() const;

  // The output channels that rows serve wherever there are as many: 1 unless the whole filter is pruned by groups.
  int64_t RowChannels() const { return row_channels_; }

  static constexpr size_t kSlack = 2 * kGroupSize;  // zeros behind weights and indices

 private:
  PackedFilter(const Parts& parts, std::shared_ptr<const void> owner);

  Parts parts_;
  std::array<size_t, kMaxPositions + 1> position_begin_{};  // into blocks
  int64_t row_channels_ = kMaxRowChannels;
  std::shared_ptr<const void> owner_;
};

// kInvalidArgument if indices of this layout do not fit into 16 bits.
Status CheckLayout(const PackedFilterLayout& layout);

}  // namespace winnow::kernels

#endif  // KERNELS_FILTER_PACKED_FILTER_H_
