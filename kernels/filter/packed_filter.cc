#include "kernels/filter/packed_filter.h"

#include <algorithm>
#include <string>
#include <utility>

#include "kernels/filter/check_filter.h"
#include "kernels/filter/check_packed_parts.h"
#include "kernels/filter/packed_arrays.h"

namespace winnow::kernels {
namespace {

constexpr int64_t kMaxIndex = 0xffff;

}  // namespace

Status CheckLayout(const PackedFilterLayout& layout) {
  // A single channel has index 0 at any stride: that one is bounded too, so that it fits whoever divides by it.
  if (layout.channel_block < 1 || layout.channel_stride_bytes < kIndexUnitBytes ||
      layout.channel_stride_bytes % kIndexUnitBytes != 0 || layout.channel_stride_bytes / kIndexUnitBytes > kMaxIndex ||
      layout.channel_block - 1 > kMaxIndex / (layout.channel_stride_bytes / kIndexUnitBytes)) {
    return InvalidArgument("packed filter layout: " + std::to_string(layout.channel_block) + " channels of " +
                           std::to_string(layout.channel_stride_bytes) +
                           " bytes do not fit u16 indices in units of 8 bytes");
  }
  return OkStatus();
}

PackedFilter::PackedFilter(const Parts& parts, std::shared_ptr<const void> owner)
    : parts_(parts), owner_(std::move(owner)) {
  size_t at = 0;
  for (int position = 0; position < Positions(parts.variant); ++position) {
    position_begin_[position] = at;
    for (int64_t first = 0; first < parts.in_channels; first += parts.layout.channel_block) {
      const int64_t row_channels = parts.blocks[at].row_channels;
      row_channels_ = std::min(row_channels_, row_channels);
      at += parts.out_channels % row_channels == 0 ? 1 : 2;
    }
  }
  position_begin_[Positions(parts.variant)] = at;
}

Result<PackedFilter> PackedFilter::Pack(WinogradVariant variant, int64_t out_channels, int64_t in_channels,
                                        std::span<const float> q, const PackedFilterLayout& layout) {
  if (out_channels < 1 || in_channels < 1) {
    return Err(InvalidArgument("packed filter with " + std::to_string(out_channels) + " output and " +
                               std::to_string(in_channels) + " input channels; each must be at least 1"));
  }
  WINNOW_RETURN_ERR_IF_ERROR(CheckFilter(variant, out_channels, in_channels, q));
  WINNOW_RETURN_ERR_IF_ERROR(CheckLayout(layout));
  const auto arrays =
      std::make_shared<const PackedArrays>(MakePackedArrays(variant, out_channels, in_channels, q, layout));
  return PackedFilter(
      Parts{variant, out_channels, in_channels, layout, arrays->blocks, arrays->rows, arrays->weights, arrays->indices},
      arrays);
}

Result<PackedFilter> PackedFilter::Borrow(const Parts& parts, std::shared_ptr<const void> owner) {
  WINNOW_RETURN_ERR_IF_ERROR(CheckPackedParts(parts));
  return PackedFilter(parts, std::move(owner));
}

std::vector<float> PackedFilter::Unpack() const {
  const int positions = Positions(parts_.variant);
  const int64_t index_scale = parts_.layout.channel_stride_bytes / kIndexUnitBytes;
  std::vector<float> q(static_cast<size_t>(parts_.out_channels * parts_.in_channels * positions), 0.0f);
  for (int position = 0; position < positions; ++position) {
    for (const Block& block : BlocksOf(position)) {
      const float* weight = weights() + block.weight_begin;
      const uint16_t* index = indices() + block.index_begin;
      for (const PackedRow& row : parts_.rows.subspan(block.row_begin, block.row_count)) {
        for (const uint16_t* const end = index + row.kept; index != end; ++index) {
          const int64_t channel = block.first_channel + *index / index_scale;
          for (int64_t o = row.out_channel; o < row.out_channel + block.row_channels; ++o) {
            q[static_cast<size_t>((o * parts_.in_channels + channel) * positions + position)] = *weight++;
          }
        }
      }
    }
  }
  return q;
}

int64_t PackedFilter::Bytes() const {
  return static_cast<int64_t>(parts_.weights.size_bytes() + parts_.indices.size_bytes() + parts_.rows.size_bytes() +
                              parts_.blocks.size_bytes());
}

}  // namespace winnow::kernels
