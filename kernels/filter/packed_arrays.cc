#include "kernels/filter/packed_arrays.h"

#include <algorithm>
#include <array>
#include <bit>
#include <tuple>
#include <utility>

namespace winnow::kernels {
namespace {

// Packs in two passes over q in q's own order, one to count and one to fill: a pass by positions, in the order of the
// result, would fetch every line of q once for each of its 16 or 36 positions.
template <int kPositions>
class Packer {
 public:
  Packer(int64_t out_channels, int64_t in_channels, const float* q, const PackedFilterLayout& layout,
         int64_t most_row_channels)
      : most_row_channels_(most_row_channels),
        out_channels_(out_channels),
        in_channels_(in_channels),
        q_(q),
        channel_block_(layout.channel_block),
        index_scale_(layout.channel_stride_bytes / kIndexUnitBytes),
        block_count_((in_channels + channel_block_ - 1) / channel_block_) {}

  PackedArrays Pack() && {
    Count();
    MakeBlocks();
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

  // The output channels of a row: the largest power of two whose whole groups, and those of the smaller ones, agree.
  int64_t RowChannels(int64_t position, int64_t block) const {
    int64_t channels = 1;
    while (channels < most_row_channels_ && 2 * channels <= out_channels_ && Agrees(channels, block, position)) {
      channels *= 2;
    }
    return channels;
  }
  // Whether in every whole group of 2 * `half` the first output channel of the second half keeps what that of the first
  // half does.
  bool Agrees(int64_t half, int64_t block, int64_t position) const {
    return (agreement_[static_cast<size_t>(block)][static_cast<size_t>(std::countr_zero(Unsigned(half)))] >> position &
            1) != 0;
  }
  static uint64_t Unsigned(int64_t value) { return static_cast<uint64_t>(value); }

  // Compares output channel `o` with the one whose group it would join. Almost free for a filter without groups, whose
  // positions all disagree after the first few.
  void Compare(int64_t o, int64_t block) {
    const int64_t half = o & -o;
    if (half == 0 || 2 * half > kMaxRowChannels || o + half > out_channels_) return;
    auto& agreement = agreement_[static_cast<size_t>(block)];
    uint64_t open = ~uint64_t{0};
    const auto width = static_cast<size_t>(std::countr_zero(Unsigned(half)));
    for (size_t w = 0; w <= width; ++w) open &= agreement[w];
    if (open == 0) return;
    std::array<uint32_t, kPositions> differ{};
    const float* a = Source(block, o);
    const float* b = Source(block, o - half);
    for (const float* const end = a + ChannelsOf(block) * kPositions; a != end; a += kPositions, b += kPositions) {
      for (int p = 0; p < kPositions; ++p) differ[p] |= (a[p] != 0) != (b[p] != 0) ? 1 : 0;
    }
    for (int p = 0; p < kPositions; ++p) agreement[width] &= ~(uint64_t{differ[p]} << p);
  }

  void Count() {
    kept_.resize(Place(kPositions, 0, 0));
    agreement_.resize(static_cast<size_t>(block_count_));
    for (auto& of_block : agreement_) of_block.fill((uint64_t{1} << kPositions) - 1);
    for (int64_t o = 0; o < out_channels_; ++o) {
      for (int64_t block = 0; block < block_count_; ++block) {
        std::array<uint32_t, kPositions> kept{};
        const float* from = Source(block, o);
        for (const float* const end = from + ChannelsOf(block) * kPositions; from != end; from += kPositions) {
          for (int p = 0; p < kPositions; ++p) kept[p] += from[p] != 0 ? 1 : 0;
        }
        for (int p = 0; p < kPositions; ++p) kept_[Place(p, block, o)] = kept[p];
        Compare(o, block);
      }
    }
  }

  // Makes blocks and rows, and turns counts into places in weights and indices.
  void MakeBlocks() {
    weight_begin_.resize(kept_.size());
    index_begin_.resize(kept_.size());
    for (int64_t position = 0; position < kPositions; ++position) {
      for (int64_t block = 0; block < block_count_; ++block) {
        const int64_t row_channels = RowChannels(position, block);
        const int64_t whole = out_channels_ / row_channels * row_channels;
        AppendBlock(position, block, row_channels, 0, whole);
        if (whole < out_channels_) AppendBlock(position, block, 1, whole, out_channels_);
      }
    }
    arrays_.weights.resize(static_cast<size_t>(weight_count_) + PackedFilter::kSlack);
    arrays_.indices.resize(static_cast<size_t>(index_count_) + PackedFilter::kSlack);
  }

  // For the output channels [begin, end).
  void AppendBlock(int64_t position, int64_t block, int64_t row_channels, int64_t begin, int64_t end) {
    PackedFilter::Block& made = arrays_.blocks.emplace_back();
    made.first_channel = block * channel_block_;
    made.row_channels = row_channels;
    made.weight_begin = weight_count_;
    made.index_begin = index_count_;
    std::vector<PackedRow>& rows = arrays_.rows;
    made.row_begin = static_cast<int64_t>(rows.size());
    for (int64_t o = begin; o < end; o += row_channels) {
      const uint32_t kept = kept_[Place(position, block, o)];
      if (kept == 0 && block != 0) continue;
      rows.push_back({static_cast<int32_t>(o), kept});
      for (uint32_t r = rows.back().Remainder(); r < kGroupSize; ++r) ++made.remainder_end[r];
    }
    made.row_count = static_cast<int64_t>(rows.size()) - made.row_begin;
    std::sort(rows.begin() + made.row_begin, rows.end(), [](const PackedRow& a, const PackedRow& b) {
      return std::tuple(a.Remainder(), b.kept, a.out_channel) < std::tuple(b.Remainder(), a.kept, b.out_channel);
    });
    for (auto row = rows.begin() + made.row_begin; row != rows.end(); ++row) {
      for (int64_t r = 0; r < row_channels; ++r) {
        weight_begin_[Place(position, block, row->out_channel + r)] = weight_count_ + r;
      }
      index_begin_[Place(position, block, row->out_channel)] = index_count_;
      weight_count_ += row->kept * row_channels;
      index_count_ += row->kept;
    }
  }

  void Fill() {
    const auto longest = static_cast<size_t>(ChannelsOf(0));
    std::vector<float> weights(longest);
    std::vector<uint16_t> indices(longest);
    for (int64_t o = 0; o < out_channels_; ++o) {
      for (int64_t block = 0; block < block_count_; ++block) {
        for (int p = 0; p < kPositions; ++p) {
          const int64_t kept = FillRow(Source(block, o) + p, ChannelsOf(block), weights.data(), indices.data());
          Store(p, block, o, {weights.data(), static_cast<size_t>(kept)}, indices.data());
        }
      }
    }
  }

  void Store(int64_t position, int64_t block, int64_t o, std::span<const float> weights, const uint16_t* indices) {
    const size_t place = Place(position, block, o);
    const int64_t row_channels = RowChannels(position, block);
    float* to = arrays_.weights.data() + weight_begin_[place];
    if (row_channels == 1 || o >= out_channels_ / row_channels * row_channels) {
      std::copy(weights.begin(), weights.end(), to);
    } else {
      for (const float weight : weights) {
        *to = weight;
        to += row_channels;
      }
      if (o % row_channels != 0) return;
    }
    std::copy_n(indices, weights.size(), arrays_.indices.data() + index_begin_[place]);
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

  const int64_t most_row_channels_;
  const int64_t out_channels_;
  const int64_t in_channels_;
  const float* const q_;
  const int64_t channel_block_;
  const int64_t index_scale_;
  const int64_t block_count_;
  std::vector<uint32_t> kept_;  // input channels of an output channel, by Place()
  // By channel block and width w, a bit for every position: Agrees() for halves of 1 << w.
  std::vector<std::array<uint64_t, kRowWidths - 1>> agreement_;
  std::vector<int64_t> weight_begin_;  // where an output channel's weights go, by Place(); of no meaning for rows left
                                       // out
  std::vector<int64_t> index_begin_;   // likewise of indices; of no meaning for a row's later output channels, either
  int64_t weight_count_ = 0;           // of the blocks made
  int64_t index_count_ = 0;
  PackedArrays arrays_;
};

}  // namespace

PackedArrays MakePackedArrays(WinogradVariant variant, int64_t out_channels, int64_t in_channels,
                              std::span<const float> q, const PackedFilterLayout& layout, int64_t most_row_channels) {
  if (variant == WinogradVariant::kF2K3) {
    return Packer<Positions(WinogradVariant::kF2K3)>(out_channels, in_channels, q.data(), layout, most_row_channels)
        .Pack();
  }
  return Packer<Positions(WinogradVariant::kF4K3)>(out_channels, in_channels, q.data(), layout, most_row_channels)
      .Pack();
}

}  // namespace winnow::kernels
