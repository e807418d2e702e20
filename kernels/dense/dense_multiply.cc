#include "kernels/dense/dense_multiply.h"

namespace winnow::kernels {
namespace {

const DenseKernel& KernelOf(Isa isa, int vectors) {
#if defined(__x86_64__)
  if (isa == Isa::kAvx512) return avx512::kDenseKernels[vectors - 1];
  if (isa == Isa::kAvx2) return avx2::kDenseKernels[vectors - 1];
#endif
  return scalar::kDenseKernels[vectors - 1];
}

}  // namespace

int DenseRowBlock(Isa isa, int vectors) { return KernelOf(isa, vectors).row_block; }

DenseMultiplyFn DenseMultiplyOf(Isa isa, int vectors, bool one_less) {
  const DenseKernel& kernel = KernelOf(isa, vectors);
  return one_less ? kernel.one_less : kernel.full;
}

}  // namespace winnow::kernels
