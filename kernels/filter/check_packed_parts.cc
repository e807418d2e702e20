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
  const int64_t blocks = (parts.in_channels - 1) / parts.layout.channel_block + 1;
  const auto block_count = static_cast<int64_t>(parts.blocks.size());
  if (block_count != blocks * positions) {
    return Damaged(Expected("the number of blocks", block_count, blocks * positions));
  }
  // Every position's first block has every row, so that what is kept for a row is bounded by what is there.
  if (static_cast<int64_t>(parts.rows.size()) < positions * parts.out_channels) {
    return Damaged("there are " + std::to_string(parts.rows.size()) + " rows, fewer than " + std::to_string(positions) +
                   " positions of " + std::to_string(parts.out_channels) + " output channels");
  }
  if (parts.weights.size() != parts.indices.size() || parts.weights.size() < PackedFilter::kSlack) {
    return Damaged("there are " + std::to_string(parts.weights.size()) + " weights and " +
                   std::to_string(parts.indices.size()) + " indices, expected as many and two groups at the least");
  }
  return OkStatus();
}

// Walks blocks, rows and indices in the order of the arrays.
class Walk {
 public:
  explicit Walk(const PackedFilter::Parts& parts)
      : parts_(parts),
        positions_(Positions(parts.variant)),
        index_scale_(static_cast<uint32_t>(parts.layout.channel_stride_bytes / kIndexUnitBytes)),
        coefficients_(static_cast<int64_t>(parts.weights.size() - PackedFilter::kSlack)),
        last_block_with_(static_cast<size_t>(parts.out_channels), 0) {}

  Status Check() {
    const int64_t blocks = static_cast<int64_t>(parts_.blocks.size()) / positions_;
    for (position_ = 0; position_ < positions_; ++position_) {
      for (block_ = 0; block_ < blocks; ++block_) {
        WINNOW_RETURN_IF_ERROR(CheckBlock(parts_.blocks[static_cast<size_t>(position_ * blocks + block_)]));
      }
    }
    const auto rows = static_cast<int64_t>(parts_.rows.size());
    if (row_ != rows) return Damaged("blocks use " + std::to_string(row_) + " of " + std::to_string(rows) + " rows");
    if (coefficient_ == coefficients_) return OkStatus();
    return Damaged("rows use " + std::to_string(coefficient_) + " of " + std::to_string(coefficients_) +
                   " coefficients");
  }

 private:
  Status Refuse(const std::string& what) const {
    return Damaged("position " + std::to_string(position_) + ", block " + std::to_string(block_) + ": " + what);
  }
  Status RefuseRow(int64_t r, const std::string& what) const { return Refuse("row " + std::to_string(r) + " " + what); }

  Status CheckBlock(const PackedFilter::Block& block) {
    const int64_t first = block_ * parts_.layout.channel_block;
    const int64_t channels = std::min(parts_.layout.channel_block, parts_.in_channels - first);
    if (block.first_channel != first) return Refuse(Expected("first_channel", block.first_channel, first));
    if (block.row_begin != row_) return Refuse(Expected("row_begin", block.row_begin, row_));
    if (block.coefficient_begin != coefficient_) {
      return Refuse(Expected("coefficient_begin", block.coefficient_begin, coefficient_));
    }
    const int64_t rows_left = static_cast<int64_t>(parts_.rows.size()) - row_;
    if (block.row_count < 0 || block.row_count > rows_left) {
      return Refuse("row_count is " + std::to_string(block.row_count) + ", and " + std::to_string(rows_left) +
                    " rows are left");
    }
    if (block_ == 0 && block.row_count != parts_.out_channels) {
      return Refuse(Expected("row_count of a position's first block", block.row_count, parts_.out_channels));
    }
    const auto rows = parts_.rows.subspan(static_cast<size_t>(row_), static_cast<size_t>(block.row_count));
    WINNOW_RETURN_IF_ERROR(CheckRemainders(block, rows));
    for (size_t r = 0; r < rows.size(); ++r) WINNOW_RETURN_IF_ERROR(CheckRow(rows, r, channels));
    row_ += block.row_count;
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

  Status CheckRow(std::span<const PackedRow> rows, size_t r, int64_t channels) {
    const auto number = static_cast<int64_t>(r);
    const PackedRow& row = rows[r];
    if (row.out_channel < 0 || row.out_channel >= parts_.out_channels) {
      return RefuseRow(number, "is of output channel " + std::to_string(row.out_channel) + " of " +
                                   std::to_string(parts_.out_channels));
    }
    const int64_t this_block = position_ * static_cast<int64_t>(parts_.blocks.size()) + block_ + 1;
    if (last_block_with_[static_cast<size_t>(row.out_channel)] == this_block) {
      return RefuseRow(number, "is a second one of output channel " + std::to_string(row.out_channel));
    }
    last_block_with_[static_cast<size_t>(row.out_channel)] = this_block;
    if (r > 0 && !InOrder(rows[r - 1], row)) {
      return RefuseRow(number, "is out of order: rows go by remainder, length and output channel");
    }
    if (row.nonzeros == 0 && block_ != 0) return RefuseRow(number, "is empty, which only a first block's may be");
    if (row.nonzeros > channels) {
      return RefuseRow(number, "has " + std::to_string(row.nonzeros) + " coefficients in a block of " +
                                   std::to_string(channels) + " channels");
    }
    if (row.nonzeros > coefficients_ - coefficient_) {
      return RefuseRow(number, "has " + std::to_string(row.nonzeros) + " coefficients, and " +
                                   std::to_string(coefficients_ - coefficient_) + " are left");
    }
    return CheckIndices(number, row, channels);
  }

  static bool InOrder(const PackedRow& before, const PackedRow& row) {
    return std::tuple(before.Remainder(), row.nonzeros, before.out_channel) <
           std::tuple(row.Remainder(), before.nonzeros, row.out_channel);
  }

  // Indices go up, so that none is there twice and only the last can be too large.
  Status CheckIndices(int64_t number, const PackedRow& row, int64_t channels) {
    const auto indices = parts_.indices.subspan(static_cast<size_t>(coefficient_), row.nonzeros);
    coefficient_ += row.nonzeros;
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
    if (row.nonzeros > 0 && indices.back() / index_scale_ >= channels) {
      return RefuseRow(number, "has index " + std::to_string(indices.back()) + ", past the " +
                                   std::to_string(channels) + " channels of the block");
    }
    return OkStatus();
  }

  const PackedFilter::Parts& parts_;
  const int64_t positions_;
  const uint32_t index_scale_;
  const int64_t coefficients_;
  std::vector<int64_t> last_block_with_;  // by output channel, counted from 1
  int64_t position_ = 0;                  // where the walk stands
  int64_t block_ = 0;
  int64_t row_ = 0;
  int64_t coefficient_ = 0;
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
  if (!std::ranges::all_of(parts.weights.subspan(coefficients), is_zero) ||
      !std::ranges::all_of(parts.indices.subspan(coefficients), is_zero)) {
    return Damaged("the two groups behind the coefficients are not zero");
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
