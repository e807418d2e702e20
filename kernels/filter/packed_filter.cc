#include "kernels/filter/packed_filter.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "kernels/filter/check_filter.h"

namespace winnow::kernels {
namespace {

constexpr int64_t kIndexUnitBytes = 8;
constexpr int64_t kMaxIndex = 0xffff;

Status CheckLayout(const PackedFilterLayout& layout) {
  if (layout.channel_block < 1 || layout.channel_stride_bytes < kIndexUnitBytes ||
      layout.channel_stride_bytes % kIndexUnitBytes != 0 ||
      layout.channel_block - 1 > kMaxIndex * kIndexUnitBytes / layout.channel_stride_bytes) {
    return InvalidArgument("packed filter layout: " + std::to_string(layout.channel_block) + " channels of " +
                           std::to_string(layout.channel_stride_bytes) +
                           " bytes do not fit u16 indices in units of 8 bytes");
  }
  return OkStatus();
}

}  // namespace

Result<PackedFilter> PackedFilter::Pack(WinogradVariant variant, int64_t out_channels, int64_t in_channels,
                                        std::span<const float> q, const PackedFilterLayout& layout) {
  WINNOW_RETURN_ERR_IF_ERROR(CheckFilter(variant, out_channels, in_channels, q));
  WINNOW_RETURN_ERR_IF_ERROR(CheckLayout(layout));
  PackedFilter packed;
  packed.out_channels_ = out_channels;
  packed.blocks_per_position_ = (in_channels + layout.channel_block - 1) / layout.channel_block;
  packed.nonzeros_ = std::count_if(q.begin(), q.end(), [](float x) { return x != 0; });
  const size_t length = static_cast<size_t>(packed.nonzeros_) + 2 * kGroupSize;
  packed.weights_.reserve(length);
  packed.indices_.reserve(length);
  const int positions = Positions(variant);
  for (int position = 0; position < positions; ++position) {
    for (int64_t first = 0; first < in_channels; first += layout.channel_block) {
      packed.AppendBlock(q, positions, position, in_channels, first,
                         std::min(in_channels, first + layout.channel_block),
                         layout.channel_stride_bytes / kIndexUnitBytes);
    }
  }
  packed.weights_.resize(length);
  packed.indices_.resize(length);
  return packed;
}

void PackedFilter::AppendBlock(std::span<const float> q, int positions, int position, int64_t in_channels,
                               int64_t first_channel, int64_t last_channel, int64_t index_scale) {
  std::vector<PackedRow> rows;
  for (int64_t o = 0; o < out_channels_; ++o) {
    int64_t kept = 0;
    for (int64_t c = first_channel; c < last_channel; ++c) {
      kept += q[(o * in_channels + c) * positions + position] != 0 ? 1 : 0;
    }
    if (kept == 0 && first_channel != 0) continue;
    rows.push_back({static_cast<int32_t>(o), static_cast<uint32_t>(kept)});
  }
  std::stable_sort(rows.begin(), rows.end(), [](const PackedRow& a, const PackedRow& b) {
    return a.Remainder() != b.Remainder() ? a.Remainder() < b.Remainder() : a.nonzeros > b.nonzeros;
  });
  Block block;
  block.first_channel = first_channel;
  block.row_begin = static_cast<int64_t>(rows_.size());
  block.row_count = static_cast<int64_t>(rows.size());
  for (uint32_t r = 0; r < kGroupSize; ++r) {
    block.remainder_end[r] =
        std::count_if(rows.begin(), rows.end(), [r](const PackedRow& row) { return row.Remainder() <= r; });
  }
  block.coefficient_begin = static_cast<int64_t>(weights_.size());
  blocks_.push_back(block);
  rows_.insert(rows_.end(), rows.begin(), rows.end());
  for (const PackedRow& row : rows) {
    for (int64_t c = first_channel; c < last_channel; ++c) {
      const float weight = q[(row.out_channel * in_channels + c) * positions + position];
      if (weight == 0) continue;
      weights_.push_back(weight);
      indices_.push_back(static_cast<uint16_t>((c - first_channel) * index_scale));
    }
  }
}

std::span<const PackedFilter::Block> PackedFilter::BlocksOf(int position) const {
  return std::span(blocks_).subspan(position * blocks_per_position_, blocks_per_position_);
}

int64_t PackedFilter::Bytes() const {
  return static_cast<int64_t>(weights_.size() * sizeof(float) + indices_.size() * sizeof(uint16_t) +
                              rows_.size() * sizeof(PackedRow) + blocks_.size() * sizeof(Block));
}

}  // namespace winnow::kernels
