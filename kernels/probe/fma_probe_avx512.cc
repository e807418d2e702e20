#include "kernels/isa/vec_avx512.h"
#include "kernels/probe/fma_probe.h"
#include "kernels/probe/fma_probe_inl.h"

namespace winnow::kernels::avx512 {

int64_t FmaProbe(int64_t rounds) { return lanes::FmaProbe<Vec>(rounds); }

}  // namespace winnow::kernels::avx512
