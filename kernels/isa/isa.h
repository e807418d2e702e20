// The instruction sets the kernels are written for, and which of them this machine runs.
#ifndef KERNELS_ISA_ISA_H_
#define KERNELS_ISA_ISA_H_

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace winnow::kernels {

// From the least to the most capable.
enum class Isa {
  kScalar,  // any machine: four lanes in the compiler's vector type, no intrinsics
  kAvx2,    // AVX2 and FMA, eight lanes
  kAvx512,  // AVX-512 F, BW, DQ and VL, sixteen lanes
};

// "scalar", "avx2", "avx512".
std::string_view IsaName(Isa isa);

// kInvalidArgument for any other name.
Result<Isa> ParseIsa(std::string_view name);

// Whether processor and operating system run it. Asked of cpuid once, then remembered.
bool IsaAvailable(Isa isa);

// Those available, least capable first; never empty.
std::vector<Isa> AvailableIsas();
Isa BestIsa();

// `forced`, or the best there is. kFailedPrecondition if this machine lacks the forced one.
Result<Isa> SelectIsa(std::optional<Isa> forced);

// Floats in one vector.
int IsaLanes(Isa isa);

}  // namespace winnow::kernels

#endif  // KERNELS_ISA_ISA_H_
