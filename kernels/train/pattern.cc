#include "kernels/train/pattern.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "kernels/filter/packed_arrays.h"

namespace winnow::kernels {
namespace {

// Packs, in the place of values, the numbers of the kept coefficients counted from 1: packing moves a value and asks no
// more of it than whether it is zero.
PackedPattern PackNumbers(const FilterSizes& sizes, std::span<const float> numbers, size_t kept,
                          const PackedFilterLayout& layout) {
  PackedArrays arrays = MakePackedArrays(sizes.variant, sizes.out_channels, sizes.in_channels, numbers, layout,
                                         /*most_row_channels=*/1);
  PackedPattern pattern;
  pattern.place.resize(kept);
  for (size_t i = 0; i < kept; ++i) {
    pattern.place[std::bit_cast<uint32_t>(arrays.weights[i]) - 1] = static_cast<uint32_t>(i);
  }
  pattern.blocks = std::move(arrays.blocks);
  pattern.rows = std::move(arrays.rows);
  pattern.indices = std::move(arrays.indices);
  pattern.blocks_per_position = pattern.blocks.size() / static_cast<size_t>(Positions(sizes.variant));
  return pattern;
}

}  // namespace

Pattern Pattern::Make(const FilterSizes& sizes, std::span<const uint8_t> kept, const PackedFilterLayout& layout) {
  const int64_t positions = Positions(sizes.variant);
  Pattern pattern;
  std::vector<float> forward(kept.size()), transposed(kept.size());
  for (int64_t o = 0; o < sizes.out_channels; ++o) {
    for (int64_t c = 0; c < sizes.in_channels; ++c) {
      const int64_t from = (o * sizes.in_channels + c) * positions, to = (c * sizes.out_channels + o) * positions;
      for (int64_t p = 0; p < positions; ++p) {
        if (kept[static_cast<size_t>(from + p)] == 0) continue;
        pattern.kept.push_back(static_cast<uint32_t>(from + p));
        const auto number = std::bit_cast<float>(static_cast<uint32_t>(pattern.kept.size()));
        forward[static_cast<size_t>(from + p)] = transposed[static_cast<size_t>(to + p)] = number;
      }
    }
  }
  const FilterSizes other{sizes.variant, sizes.in_channels, sizes.out_channels};
  PackedFilterLayout forward_layout = layout, transposed_layout = layout;
  forward_layout.channel_block = std::min(layout.channel_block, sizes.in_channels);
  transposed_layout.channel_block = std::min(layout.channel_block, sizes.out_channels);
  pattern.forward = PackNumbers(sizes, forward, pattern.kept.size(), forward_layout);
  pattern.transposed = PackNumbers(other, transposed, pattern.kept.size(), transposed_layout);
  return pattern;
}

}  // namespace winnow::kernels
