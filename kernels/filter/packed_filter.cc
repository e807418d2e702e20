#include "kernels/filter/packed_filter.h"

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
    : parts_(parts),
      blocks_per_position_(parts.blocks.size() / static_cast<size_t>(Positions(parts.variant))),
      owner_(std::move(owner)) {}

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
      int64_t e = block.coefficient_begin;
      for (const PackedRow& row : parts_.rows.subspan(block.row_begin, block.row_count)) {
        float* const to =
            q.data() + (row.out_channel * parts_.in_channels + block.first_channel) * positions + position;
        for (const int64_t end = e + row.nonzeros; e < end; ++e) {
          to[parts_.indices[e] / index_scale * positions] = parts_.weights[e];
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
