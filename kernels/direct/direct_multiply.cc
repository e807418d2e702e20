#include "kernels/direct/direct_multiply.h"

namespace winnow::kernels {

const DirectKernel& DirectKernelOf(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::kAvx512) return avx512::kDirectKernel;
  if (isa == Isa::kAvx2) return avx2::kDirectKernel;
#endif
  return scalar::kDirectKernel;
}

}  // namespace winnow::kernels
