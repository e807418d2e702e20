// One row of a packed filter. On its own so that the ISA files need no container to read it.
#ifndef KERNELS_FILTER_PACKED_ROW_H_
#define KERNELS_FILTER_PACKED_ROW_H_

#include <cstdint>

namespace winnow::kernels {

// Input channels that the multiplication takes at once; a row's last ones, its remainder, may be fewer.
inline constexpr uint32_t kGroupSize = 4;

// Neighbouring output channels that one row may serve, because they keep the same input channels: 1, 2, 4 or 8, two to
// the power of a width.
inline constexpr int kRowWidths = 4;
inline constexpr int64_t kMaxRowChannels = 1 << (kRowWidths - 1);

struct PackedRow {
  int32_t out_channel;  // the first that it serves
  uint32_t kept;        // input channels, for each of them an index and a weight for every output channel

  uint32_t Groups() const { return kept / kGroupSize; }
  uint32_t Remainder() const { return kept % kGroupSize; }
};

}  // namespace winnow::kernels

#endif  // KERNELS_FILTER_PACKED_ROW_H_
