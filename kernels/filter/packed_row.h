// One row of a packed filter. On its own so that the ISA files need no container to read it.
#ifndef KERNELS_FILTER_PACKED_ROW_H_
#define KERNELS_FILTER_PACKED_ROW_H_

#include <cstdint>

namespace winnow::kernels {

// Coefficients that the multiplication takes at once; a row's last ones, its remainder, may be fewer.
inline constexpr uint32_t kGroupSize = 4;

struct PackedRow {
  int32_t out_channel;
  uint32_t nonzeros;

  uint32_t Groups() const { return nonzeros / kGroupSize; }
  uint32_t Remainder() const { return nonzeros % kGroupSize; }
};

}  // namespace winnow::kernels

#endif  // KERNELS_FILTER_PACKED_ROW_H_
