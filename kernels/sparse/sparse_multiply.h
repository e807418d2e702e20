// The multiplication step for one position and one block of input channels, skipping pruned coefficients.
//
// Internal to kernels: ConvPlan drives it.
#ifndef KERNELS_SPARSE_SPARSE_MULTIPLY_H_
#define KERNELS_SPARSE_SPARSE_MULTIPLY_H_

#include <cstdint>

#include "kernels/filter/packed_row.h"
#include "kernels/isa/isa.h"
#include "kernels/shape/tile_block.h"

namespace winnow::kernels {

// M[row.out_channel] (+)= sum over the row's coefficients of weight * V[channel], T vectors of tiles at a time.
struct SparsePanel {
  const PackedRow* rows = nullptr;
  const int64_t* remainder_end = nullptr;  // [kGroupSize], as PackedFilter::Block
  const float* weights = nullptr;          // of the first row
  const uint16_t* indices = nullptr;       // likewise; of both, two groups past the last row are read and not used
  const float* v = nullptr;                // of the block's first channel
  float* m = nullptr;                      // of output channel 0
  int64_t m_stride = 0;                    // floats from one output channel to the next
  bool accumulate = false;                 // add to M; otherwise overwrite it
};

using SparseMultiplyFn = void (*)(const SparsePanel& panel);

// For T = `vectors` vectors of tiles, 1 to kMaxBlockVectors. One coefficient costs T multiply-adds, T loads of V and
// one broadcast, so that more vectors come closer to the machine's peak, as long as the panel of V stays in the L1
// cache.
SparseMultiplyFn SparseMultiplyOf(Isa isa, int vectors);

namespace scalar {
extern const SparseMultiplyFn kSparseMultiply[kMaxBlockVectors];  // by vectors - 1
}
namespace avx2 {
extern const SparseMultiplyFn kSparseMultiply[kMaxBlockVectors];
}
namespace avx512 {
extern const SparseMultiplyFn kSparseMultiply[kMaxBlockVectors];
}

}  // namespace winnow::kernels

#endif  // KERNELS_SPARSE_SPARSE_MULTIPLY_H_
