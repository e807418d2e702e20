// The multiplication step for one position of an unpruned filter: a small matrix product.
//
// Internal to kernels: ConvPlan drives it.
#ifndef KERNELS_DENSE_DENSE_MULTIPLY_H_
#define KERNELS_DENSE_DENSE_MULTIPLY_H_

#include <cstdint>

#include "kernels/isa/isa.h"

namespace winnow::kernels {

inline constexpr int kMaxDenseVectors = 4;

// M[o] = sum over c of Q[o][c] * V[c], for row_blocks blocks of output channels, T vectors of tiles at a time.
struct DensePanel {
  const float* weights = nullptr;  // [row block][channel][row in block], as DenseFilter
  int64_t row_blocks = 0;
  int64_t channels = 0;
  const float* v = nullptr;
  int64_t v_stride = 0;  // floats from one input channel to the next
  float* m = nullptr;    // room for row_blocks * row_block output channels
  int64_t m_stride = 0;  // floats from one output channel to the next
};

using DenseMultiplyFn = void (*)(const DensePanel& panel);

// Output channels of a row block when a plan's blocks have up to `vectors` vectors of tiles, 1 to kMaxDenseVectors: as
// many accumulators as the registers hold.
int DenseRowBlock(Isa isa, int vectors);

// The function for a block of `vectors` or of `vectors - 1` (`one_less`) vectors with that row block.
DenseMultiplyFn DenseMultiplyOf(Isa isa, int vectors, bool one_less);

struct DenseKernel {
  int row_block;
  DenseMultiplyFn full;
  DenseMultiplyFn one_less;  // null for one vector
};
namespace scalar {
extern const DenseKernel kDenseKernels[kMaxDenseVectors];  // by vectors - 1
}
namespace avx2 {
extern const DenseKernel kDenseKernels[kMaxDenseVectors];
}
namespace avx512 {
extern const DenseKernel kDenseKernels[kMaxDenseVectors];
}

}  // namespace winnow::kernels

#endif  // KERNELS_DENSE_DENSE_MULTIPLY_H_
