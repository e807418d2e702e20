// The arrays of a filter packed in this process. Internal to kernels/filter.
#ifndef KERNELS_FILTER_PACKED_ARRAYS_H_
#define KERNELS_FILTER_PACKED_ARRAYS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/filter/packed_filter.h"

namespace winnow::kernels {

// As PackedFilter::Parts wants them.
struct PackedArrays {
  std::vector<PackedFilter::Block> blocks;
  std::vector<PackedRow> rows;
  std::vector<float> weights;
  std::vector<uint16_t> indices;
};

// Packs a filter that CheckFilter() and a layout that CheckLayout() accept, with rows of at most `most_row_channels`
// output channels.
PackedArrays MakePackedArrays(WinogradVariant variant, int64_t out_channels, int64_t in_channels,
                              std::span<const float> q, const PackedFilterLayout& layout,
                              int64_t most_row_channels = kMaxRowChannels);

}  // namespace winnow::kernels

#endif  // KERNELS_FILTER_PACKED_ARRAYS_H_
