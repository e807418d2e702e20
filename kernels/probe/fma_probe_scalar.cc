#include "kernels/isa/vec_scalar.h"
#include "kernels/probe/fma_probe.h"
#include "kernels/probe/fma_probe_inl.h"

namespace winnow::kernels::scalar {

int64_t FmaProbe(int64_t rounds) { return lanes::FmaProbe<Vec>(rounds); }

}  // namespace winnow::kernels::scalar
