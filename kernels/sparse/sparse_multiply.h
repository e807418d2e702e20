// The multiplication step for one position and one block of input channels, skipping pruned coefficients.
//
// Internal to kernels: ConvPlan drives it.
#ifndef KERNELS_SPARSE_SPARSE_MULTIPLY_H_
#define KERNELS_SPARSE_SPARSE_MULTIPLY_H_

#include <bit>
#include <cstdint>

#include "kernels/filter/packed_row.h"
#include "kernels/isa/isa.h"
#include "kernels/shape/tile_block.h"

namespace winnow::kernels {

// M[o] (+)= sum over the row's kept channels of weight * V[channel] for the row's output channels o, T vectors of tiles
// at a time.
struct SparsePanel {
  const PackedRow* rows = nullptr;
  const int32_t* remainder_end = nullptr;  // [kGroupSize], as PackedFilter::Block
  const float* weights = nullptr;          // of the first row, [kept channel][output channel of the row]
  const uint16_t* indices = nullptr;       // likewise; of both, two groups past the last row are read and not used
  const float* v = nullptr;                // of the block's first channel
  float* m = nullptr;                      // of output channel 0
  int64_t m_stride = 0;                    // floats from one output channel to the next
  bool accumulate = false;                 // add to M; otherwise overwrite it
};

using SparseMultiplyFn = void (*)(const SparsePanel& panel);

// For T vectors of tiles, of rows that serve 1, 2, 4 and 8 output channels.
struct SparseKernel {
  SparseMultiplyFn by_width[kRowWidths];

  SparseMultiplyFn Of(int64_t row_channels) const {
    return by_width[std::countr_zero(static_cast<uint64_t>(row_channels))];
  }
};

// For T = `vectors`, 1 to kMaxBlockVectors. A kept channel of a row of R output channels costs R T multiply-adds, T
// loads of V, R broadcasts and one index, so that more vectors and more output channels come closer to the machine's
// peak, as long as the panel of V stays in the L1 cache.
const SparseKernel& SparseKernelOf(Isa isa, int vectors);

namespace scalar {
extern const SparseKernel kSparseKernels[kMaxBlockVectors];  // by vectors - 1
}
namespace avx2 {
extern const SparseKernel kSparseKernels[kMaxBlockVectors];
}
namespace avx512 {
extern const SparseKernel kSparseKernels[kMaxBlockVectors];
}

}  // namespace winnow::kernels

#endif  // KERNELS_SPARSE_SPARSE_MULTIPLY_H_
