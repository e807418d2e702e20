#include "kernels/filter/packed_arrays.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace winnow::kernels {
namespace {

// Packs in two passes over q in q's own order, one to count and one to fill: a pass by positions, in the order of the
// result, would fetch every line of q once for each of its 16 or 36 positions.
template <int kPositions>
class Packer {
 public:
  Packer(int64_t out_channels, int64_t in_channels, const float* q, const PackedFilterLayout& layout)
      : out_channels_(out_channels),
        in_channels_(in_channels),
        q_(q),
        channel_block_(layout.channel_block),
        index_scale_(layout.channel_stride_bytes / kIndexUnitBytes),
        block_count_((in_channels + channel_block_ - 1) / channel_block_) {}

  PackedArrays Pack() && {
    Count();
    SortRows();
    Fill();
    return std::move(arrays_);
  }

 private:
  // Of a row in tables by position, channel block and output channel.
  size_t Place(int64_t position, int64_t block, int64_t o) const {
    return static_cast<size_t>((position * block_count_ + block) * out_channels_ + o);
  }
  // Of a block's first channel in q.
  const float* Source(int64_t block, int64_t o) const {
    return q_ + (o * in_channels_ + block * channel_block_) * kPositions;
  }
  int64_t ChannelsOf(int64_t block) const { return std::min(channel_block_, in_channels_ - block * channel_block_); }

  void Count() {
    kept_.resize(Place(kPositions, 0, 0));
    for (int64_t o = 0; o < out_channels_; ++o) {
      for (int64_t block = 0; block < block_count_; ++block) {
        std::array<uint32_t, kPositions> kept{};
        const float* from = Source(block, o);
        for (const float* const end = from + ChannelsOf(block) * kPositions; from != end; from += kPositions) {
          for (int p = 0; p < kPositions; ++p) kept[p] += from[p] != 0 ? 1 : 0;
        }
        for (int p = 0; p < kPositions; ++p) kept_[Place(p, block, o)] = kept[p];
      }
    }
  }

  // Makes blocks and rows, and turns counts into places in weights and indices.
  void SortRows() {
    begin_.resize(kept_.size());
    int64_t coefficient = 0;
    for (int64_t position = 0; position < kPositions; ++position) {
      for (int64_t block = 0; block < block_count_; ++block) {
        PackedFilter::Block& made = arrays_.blocks.emplace_back();
        made.first_channel = block * channel_block_;
        made.coefficient_begin = coefficient;
        AppendRows(position, block, made);
        for (int64_t r = made.row_begin; r < made.row_begin + made.row_count; ++r) {
          const PackedRow& row = arrays_.rows[static_cast<size_t>(r)];
          begin_[Place(position, block, row.out_channel)] = coefficient;
          coefficient += row.nonzeros;
        }
      }
    }
    arrays_.weights.resize(static_cast<size_t>(coefficient) + PackedFilter::kSlack);
    arrays_.indices.resize(static_cast<size_t>(coefficient) + PackedFilter::kSlack);
  }

  void AppendRows(int64_t position, int64_t block, PackedFilter::Block& made) {
    std::vector<PackedRow>& rows = arrays_.rows;
    made.row_begin = static_cast<int64_t>(rows.size());
    for (int64_t o = 0; o < out_channels_; ++o) {
      const uint32_t kept = kept_[Place(position, block, o)];
      if (kept == 0 && block != 0) continue;
      rows.push_back({static_cast<int32_t>(o), kept});
      for (uint32_t r = rows.back().Remainder(); r < kGroupSize; ++r) ++made.remainder_end[r];
    }
    made.row_count = static_cast<int64_t>(rows.size()) - made.row_begin;
    std::sort(rows.begin() + made.row_begin, rows.end(), [](const PackedRow& a, const PackedRow& b) {
      return std::tuple(a.Remainder(), b.nonzeros, a.out_channel) <
             std::tuple(b.Remainder(), a.nonzeros, b.out_channel);
    });
  }

  void Fill() {
    const auto longest = static_cast<size_t>(ChannelsOf(0));
    std::vector<float> weights(longest);
    std::vector<uint16_t> indices(longest);
    for (int64_t o = 0; o < out_channels_; ++o) {
      for (int64_t block = 0; block < block_count_; ++block) {
        for (int p = 0; p < kPositions; ++p) {
          const int64_t kept = FillRow(Source(block, o) + p, ChannelsOf(block), weights.data(), indices.data());
          const int64_t begin = begin_[Place(p, block, o)];
          std::copy_n(weights.begin(), kept, arrays_.weights.begin() + begin);
          std::copy_n(indices.begin(), kept, arrays_.indices.begin() + begin);
        }
      }
    }
  }

  // Without a branch a coefficient: at these densities it would be mispredicted every third time. That writes one place
  // past the kept ones, so rows are made aside and copied.
  int64_t FillRow(const float* from, int64_t channels, float* weights, uint16_t* indices) const {
    int64_t kept = 0;
    for (int64_t c = 0; c < channels; ++c) {
      const float weight = from[c * kPositions];
      weights[kept] = weight;
      indices[kept] = static_cast<uint16_t>(c * index_scale_);
      kept += weight != 0 ? 1 : 0;
    }
    return kept;
  }

  const int64_t out_channels_;
  const int64_t in_channels_;
  const float* const q_;
  const int64_t channel_block_;
  const int64_t index_scale_;
  const int64_t block_count_;
  std::vector<uint32_t> kept_;  // coefficients of a row, by Place()
  std::vector<int64_t> begin_;  // where they go, by Place(); of no meaning for rows left out
  PackedArrays arrays_;
};

}  // namespace

PackedArrays MakePackedArrays(WinogradVariant variant, int64_t out_channels, int64_t in_channels,
                              std::span<const float> q, const PackedFilterLayout& layout) {
  if (variant == WinogradVariant::kF2K3) {
    return Packer<Positions(WinogradVariant::kF2K3)>(out_channels, in_channels, q.data(), layout).Pack();
  }
  return Packer<Positions(WinogradVariant::kF4K3)>(out_channels, in_channels, q.data(), layout).Pack();
}

}  // namespace winnow::kernels
