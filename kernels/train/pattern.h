// Where a filter's coefficients stand in the layouts of the three products. Internal to kernels/train.
#ifndef KERNELS_TRAIN_PATTERN_H_
#define KERNELS_TRAIN_PATTERN_H_

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/filter/packed_filter.h"
#include "kernels/filter/packed_row.h"
#include "kernels/transforms/winograd_variant.h"

namespace winnow::kernels {

// A filter's sizes.
struct FilterSizes {
  WinogradVariant variant = WinogradVariant::kF4K3;
  int64_t out_channels = 0;
  int64_t in_channels = 0;

  int64_t Count() const { return out_channels * in_channels * Positions(variant); }
};

// A packed filter (filter/packed_filter.h) without values: rows and indices stay, values come every step.
struct PackedPattern {
  std::vector<PackedFilter::Block> blocks;  // [position][channel block]
  std::vector<PackedRow> rows;
  std::vector<uint16_t> indices;
  std::vector<uint32_t> place;  // of the i-th kept coefficient, in the order of q, among the packed ones
  size_t blocks_per_position = 0;

  std::span<const PackedFilter::Block> BlocksOf(int position) const {
    return std::span(blocks).subspan(position * blocks_per_position, blocks_per_position);
  }
};

// Both directions of one pattern, and the list that leads from one to the other.
struct Pattern {
  std::vector<uint32_t> kept;  // indices into q, ascending
  PackedPattern forward;       // rows of output channels
  PackedPattern transposed;    // rows of input channels

  // `layout` of V in the forward direction, and of dM in the other: the same stride and panel.
  static Pattern Make(const FilterSizes& sizes, std::span<const uint8_t> kept, const PackedFilterLayout& layout);
};

}  // namespace winnow::kernels

#endif  // KERNELS_TRAIN_PATTERN_H_
