#include "kernels/probe/fma_probe.h"

namespace winnow::kernels {

int64_t RunFmaProbe(Isa isa, int64_t rounds) {
#if defined(__x86_64__)
  if (isa == Isa::kAvx512) return avx512::FmaProbe(rounds);
  if (isa == Isa::kAvx2) return avx2::FmaProbe(rounds);
#endif
  return scalar::FmaProbe(rounds);
}

}  // namespace winnow::kernels
