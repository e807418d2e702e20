// The most multiply-adds a core can do: the yardstick of every kernel's speed.
#ifndef KERNELS_PROBE_FMA_PROBE_H_
#define KERNELS_PROBE_FMA_PROBE_H_

#include <cstdint>

#include "kernels/isa/isa.h"

namespace winnow::kernels {

// Does `rounds` rounds of independent multiply-adds on registers alone, on the calling thread. Returns the
// floating-point operations done, 2 a multiply-add, so that operations by the time it took is the core's peak.
//
// The ISA must be available (IsaAvailable).
int64_t RunFmaProbe(Isa isa, int64_t rounds);

namespace scalar {
int64_t FmaProbe(int64_t rounds);
}
namespace avx2 {
int64_t FmaProbe(int64_t rounds);
}
namespace avx512 {
int64_t FmaProbe(int64_t rounds);
}

}  // namespace winnow::kernels

#endif  // KERNELS_PROBE_FMA_PROBE_H_
