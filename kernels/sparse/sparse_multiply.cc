#include "kernels/sparse/sparse_multiply.h"

namespace winnow::kernels {

SparseMultiplyFn SparseMultiplyOf(Isa isa, int vectors) {
#if defined(__x86_64__)
  if (isa == Isa::kAvx512) return avx512::kSparseMultiply[vectors - 1];
  if (isa == Isa::kAvx2) return avx2::kSparseMultiply[vectors - 1];
#endif
  return scalar::kSparseMultiply[vectors - 1];
}

}  // namespace winnow::kernels
