#include "kernels/sparse/sparse_multiply.h"

namespace winnow::kernels {

const SparseKernel& SparseKernelOf(Isa isa, int vectors) {
#if defined(__x86_64__)
  if (isa == Isa::kAvx512) return avx512::kSparseKernels[vectors - 1];
  if (isa == Isa::kAvx2) return avx2::kSparseKernels[vectors - 1];
#endif
  return scalar::kSparseKernels[vectors - 1];
}

}  // namespace winnow::kernels
