#include "kernels/filter/check_packed_parts.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "kernels/filter/check_filter.h"
#include "kernels/shape/conv_shape.h"

namespace winnow::kernels {
namespace {

Status Damaged(const std::string& what) { return DataLoss("packed filter: " + what + "; pack the filter again"); }

std::string Expected(const std::string& what, int64_t found, int64_t expected) {
  return what + " is " + std::to_string(found) + ", expected " + std::to_string(expected);
}

// Sizes, and that the arrays are as long as sizes alone can tell.
Status CheckSizes(const PackedFilter::Parts& parts) {
  for (const auto& [name, channels] :
       {std::pair("out_channels", parts.out_channels), {"in_channels", parts.in_channels}}) {
    if (channels >= 1 && channels <= kMaxFilterChannels) continue;
    return Damaged(std::string(name) + " is " + std::to_string(channels) + ", expected 1 to 2^30");
  }
  const int64_t positions = Positions(parts.variant);
  if (parts.out_channels > kMaxElements / positions / parts.in_channels) {
    return Damaged(std::to_string(parts.out_channels) + " output and " + std::to_string(parts.in_channels) +
                   " input channels make more than 2^40 coefficients");
  }
  if (const Status layout = CheckLayout(parts.layout); !layout.ok()) return Damaged(layout.message());
  // Every position's first blocks have every row, so that what is kept for a row is bounded by what is there.
  const int64_t least_rows = positions * ((parts.out_channels - 1) / kMaxRowChannels + 1);
  if (static_cast<int64_t>(parts.rows.size()) < least_rows) {
    return Damaged("there are " + std::to_string(parts.rows.size()) + " rows, too few for " +
                   std::to_string(positions) + " positions of " + std::to_string(parts.out_channels) +
                   " output channels");
  }
  if (std::min(parts.weights.size(), parts.indices.size()) < PackedFilter::kSlack) {
    return Damaged("there are " + std::to_string(parts.weights.size()) + " weights and " +
                   std::to_string(parts.indices.size()) + " indices, expected two groups of each at the least");
  }
  return OkStatus();
}

// Walks blocks, rows and indices in the order of the arrays.
class Walk {
 public:
  explicit Walk(const PackedFilter::Parts& parts)
      : parts_(parts),
        index_scale_(static_cast<uint32_t>(parts.layout.channel_stride_bytes / kIndexUnitBytes)),
        weight_count_(static_cast<int64_t>(parts.weights.size() - PackedFilter::kSlack)),
        index_count_(static_cast<int64_t>(parts.indices.size() - PackedFilter::kSlack)),
        kept_(static_cast<size_t>(parts.out_channels)) {}

  Status Check() {
    for (position_ = 0; position_ < Positions(parts_.variant); ++position_) {
      block_ = 0;
      for (int64_t first = 0; first < parts_.in_channels; first += parts_.layout.channel_block) {
        WINNOW_RETURN_IF_ERROR(CheckChannelBlock(first));
      }
    }
    WINNOW_RETURN_IF_ERROR(CheckEnd("blocks", blocks_done_, static_cast<int64_t>(parts_.blocks.size())));
    WINNOW_RETURN_IF_ERROR(CheckEnd("rows", row_, static_cast<int64_t>(parts_.rows.size())));
    WINNOW_RETURN_IF_ERROR(CheckEnd("weights", weight_, weight_count_));
    return CheckEnd("indices", index_, index_count_);
  }

 private:
  // What an output channel keeps in one channel block.
  struct Kept {
    int64_t channel_block = 0;  // counted from 1 over all positions
    std::span<const uint16_t> indices;
  };

  static Status CheckEnd(const std::string& what, int64_t used, int64_t count) {
    if (used == count) return OkStatus();
    return Damaged(std::to_string(used) + " of " + std::to_string(count) + " " + what + " are used");
  }

  Status Refuse(const std::string& what) const {
    return Damaged("position " + std::to_string(position_) + ", block " + std::to_string(block_) + ": " + what);
  }
  Status RefuseRow(int64_t r, const std::string& what) const { return Refuse("row " + std::to_string(r) + " " + what); }

  // The block, or the two, of a position and the channels from `first` on.
  Status CheckChannelBlock(int64_t first) {
    ++channel_block_;
    const int64_t block = block_;
    if (blocks_done_ == static_cast<int64_t>(parts_.blocks.size())) return Refuse("is missing");
    const int64_t row_channels = parts_.blocks[static_cast<size_t>(blocks_done_)].row_channels;
    if (row_channels < 1 || row_channels > kMaxRowChannels || (row_channels & (row_channels - 1)) != 0) {
      return Refuse("row_channels is " + std::to_string(row_channels) + ", expected 1, 2, 4 or 8");
    }
    const int64_t whole = parts_.out_channels / row_channels * row_channels;
    WINNOW_RETURN_IF_ERROR(CheckBlock(first, row_channels, 0, whole));
    if (whole < parts_.out_channels) WINNOW_RETURN_IF_ERROR(CheckBlock(first, 1, whole, parts_.out_channels));
    if (RowChannels() == row_channels) return OkStatus();
    block_ = block;
    return Refuse(Expected("row_channels", row_channels, RowChannels()));
  }

  // The next block, which is to be of the output channels [begin, end).
  Status CheckBlock(int64_t first, int64_t row_channels, int64_t begin, int64_t end) {
    if (blocks_done_ == static_cast<int64_t>(parts_.blocks.size())) return Refuse("is missing");
    const PackedFilter::Block& block = parts_.blocks[static_cast<size_t>(blocks_done_++)];
    if (block.first_channel != first) return Refuse(Expected("first_channel", block.first_channel, first));
    if (block.row_channels != row_channels) return Refuse(Expected("row_channels", block.row_channels, row_channels));
    if (block.row_begin != row_) return Refuse(Expected("row_begin", block.row_begin, row_));
    if (block.weight_begin != weight_) return Refuse(Expected("weight_begin", block.weight_begin, weight_));
    if (block.index_begin != index_) return Refuse(Expected("index_begin", block.index_begin, index_));
    const int64_t rows_left = static_cast<int64_t>(parts_.rows.size()) - row_;
    if (block.row_count < 0 || block.row_count > rows_left) {
      return Refuse("row_count is " + std::to_string(block.row_count) + ", and " + std::to_string(rows_left) +
                    " rows are left");
    }
    const int64_t all_rows = (end - begin) / row_channels;
    if (first == 0 && block.row_count != all_rows) {
      return Refuse(Expected("row_count of a position's first block", block.row_count, all_rows));
    }
    const auto rows = parts_.rows.subspan(static_cast<size_t>(row_), static_cast<size_t>(block.row_count));
    WINNOW_RETURN_IF_ERROR(CheckRemainders(block, rows));
    for (size_t r = 0; r < rows.size(); ++r) {
      WINNOW_RETURN_IF_ERROR(CheckPlace(rows, r, row_channels, begin, end));
      WINNOW_RETURN_IF_ERROR(CheckRow(static_cast<int64_t>(r), rows[r], row_channels, first));
    }
    row_ += block.row_count;
    ++block_;
    return OkStatus();
  }

  Status CheckRemainders(const PackedFilter::Block& block, std::span<const PackedRow> rows) const {
    int64_t ends[kGroupSize] = {};
    for (const PackedRow& row : rows) ++ends[row.Remainder()];
    for (uint32_t r = 0; r < kGroupSize; ++r) {
      if (r > 0) ends[r] += ends[r - 1];
      if (block.remainder_end[r] == ends[r]) continue;
      return Refuse(Expected("remainder_end[" + std::to_string(r) + "]", block.remainder_end[r], ends[r]));
    }
    return OkStatus();
  }

  // Whose row it is, and that it is there once and in its order.
  Status CheckPlace(std::span<const PackedRow> rows, size_t r, int64_t row_channels, int64_t begin, int64_t end) const {
    const auto number = static_cast<int64_t>(r);
    const int64_t o = rows[r].out_channel;
    if (o < begin || o >= end) {
      return RefuseRow(number, "is of output channel " + std::to_string(o) + ", in a block of those from " +
                                   std::to_string(begin) + " to " + std::to_string(end - 1));
    }
    if (o % row_channels != 0) {
      return RefuseRow(number, "is of output channel " + std::to_string(o) + ", with which no group of " +
                                   std::to_string(row_channels) + " begins");
    }
    if (kept_[static_cast<size_t>(o)].channel_block == channel_block_) {
      return RefuseRow(number, "is a second one of output channel " + std::to_string(o));
    }
    if (r > 0 && !InOrder(rows[r - 1], rows[r])) {
      return RefuseRow(number, "is out of order: rows go by remainder, length and output channel");
    }
    return OkStatus();
  }

  static bool InOrder(const PackedRow& before, const PackedRow& row) {
    return std::tuple(before.Remainder(), row.kept, before.out_channel) <
           std::tuple(row.Remainder(), before.kept, row.out_channel);
  }

  Status CheckRow(int64_t number, const PackedRow& row, int64_t row_channels, int64_t first) {
    const int64_t channels = std::min(parts_.layout.channel_block, parts_.in_channels - first);
    if (row.kept == 0 && first != 0) return RefuseRow(number, "is empty, which only a first block's may be");
    if (row.kept > channels) {
      return RefuseRow(number, "keeps " + std::to_string(row.kept) + " channels in a block of " +
                                   std::to_string(channels) + " channels");
    }
    if (row.kept > index_count_ - index_ || row.kept * row_channels > weight_count_ - weight_) {
      return RefuseRow(number, "keeps " + std::to_string(row.kept) + " channels, and " +
                                   std::to_string(weight_count_ - weight_) + " weights and " +
                                   std::to_string(index_count_ - index_) + " indices are left");
    }
    const auto indices = parts_.indices.subspan(static_cast<size_t>(index_), row.kept);
    for (int64_t o = row.out_channel; o < row.out_channel + row_channels; ++o) {
      kept_[static_cast<size_t>(o)] = {channel_block_, indices};
    }
    index_ += row.kept;
    weight_ += row.kept * row_channels;
    return CheckIndices(number, indices, channels);
  }

  // Indices go up, so that none is there twice and only the last can be too large.
  Status CheckIndices(int64_t number, std::span<const uint16_t> indices, int64_t channels) const {
    bool aligned = true, ascending = true;
    int32_t before = -1;
    for (const uint16_t index : indices) {
      aligned &= index % index_scale_ == 0;
      ascending &= index > before;
      before = index;
    }
    if (!aligned) {
      return RefuseRow(number, "has an index that is no multiple of channel_stride_bytes / 8, which is " +
                                   std::to_string(index_scale_));
    }
    if (!ascending) return RefuseRow(number, "has indices that do not ascend");
    if (!indices.empty() && indices.back() / index_scale_ >= channels) {
      return RefuseRow(number, "has index " + std::to_string(indices.back()) + ", past the " +
                                   std::to_string(channels) + " channels of the block");
    }
    return OkStatus();
  }

  // What Pack() would choose for the channel block just walked.
  int64_t RowChannels() const {
    int64_t channels = 1;
    while (channels < kMaxRowChannels && 2 * channels <= parts_.out_channels && HalvesAgree(channels)) channels *= 2;
    return channels;
  }
  bool HalvesAgree(int64_t half) const {
    for (int64_t o = 0; o + 2 * half <= parts_.out_channels; o += 2 * half) {
      if (!std::ranges::equal(KeptOf(o), KeptOf(o + half))) return false;
    }
    return true;
  }
  std::span<const uint16_t> KeptOf(int64_t o) const {
    const Kept& kept = kept_[static_cast<size_t>(o)];
    return kept.channel_block == channel_block_ ? kept.indices : std::span<const uint16_t>();
  }

  const PackedFilter::Parts& parts_;
  const uint32_t index_scale_;
  const int64_t weight_count_;
  const int64_t index_count_;
  std::vector<Kept> kept_;     // by output channel
  int64_t position_ = 0;       // where the walk stands
  int64_t block_ = 0;          // of the position
  int64_t blocks_done_ = 0;    // of all
  int64_t channel_block_ = 0;  // counted from 1 over all positions
  int64_t row_ = 0;
  int64_t weight_ = 0;
  int64_t index_ = 0;
};

Status CheckWeights(const PackedFilter::Parts& parts) {
  const size_t coefficients = parts.weights.size() - PackedFilter::kSlack;
  const auto weights = parts.weights.first(coefficients);
  if (const size_t i = FirstNotFinite(weights); i < coefficients) {
    return Damaged("weight " + std::to_string(i) + " is not finite");
  }
  const auto zero = std::find(weights.begin(), weights.end(), 0.0f);
  if (zero != weights.end()) {
    return Damaged("weight " + std::to_string(zero - weights.begin()) + " is 0, which is not stored");
  }
  const auto is_zero = [](auto x) {
    return std::bit_cast<std::array<char, sizeof x>>(x) == std::array<char, sizeof x>{};
  };
  if (!std::ranges::all_of(parts.weights.last(PackedFilter::kSlack), is_zero) ||
      !std::ranges::all_of(parts.indices.last(PackedFilter::kSlack), is_zero)) {
    return Damaged("the two groups behind weights or indices are not zero");
  }
  return OkStatus();
}

}  // namespace

Status CheckPackedParts(const PackedFilter::Parts& parts) {
  WINNOW_RETURN_IF_ERROR(CheckSizes(parts));
  WINNOW_RETURN_IF_ERROR(Walk(parts).Check());
  return CheckWeights(parts);
}

}  // namespace winnow::kernels
