#include "kernels/isa/isa.h"

#include <string>

namespace winnow::kernels {
namespace {

constexpr Isa kAllIsas[] = {Isa::kScalar, Isa::kAvx2, Isa::kAvx512};

// The compiler's detection asks cpuid and, for the register state, xgetbv.
bool Detect(Isa isa) {
#if defined(__x86_64__)
  switch (isa) {
    case Isa::kScalar:
      return true;
    case Isa::kAvx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case Isa::kAvx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  }
  return false;
#else
  return isa == Isa::kScalar;
#endif
}

}  // namespace

std::string_view IsaName(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
      return "scalar";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512:
      return "avx512";
  }
  return "unknown";
}

Result<Isa> ParseIsa(std::string_view name) {
  for (Isa isa : kAllIsas) {
    if (IsaName(isa) == name) return isa;
  }
  return Err(InvalidArgument("unknown instruction set \"" + std::string(name) + "\"; use scalar, avx2 or avx512"));
}

bool IsaAvailable(Isa isa) {
  static const bool available[] = {Detect(Isa::kScalar), Detect(Isa::kAvx2), Detect(Isa::kAvx512)};
  return available[static_cast<int>(isa)];
}

std::vector<Isa> AvailableIsas() {
  std::vector<Isa> available;
  for (Isa isa : kAllIsas) {
    if (IsaAvailable(isa)) available.push_back(isa);
  }
  return available;
}

Isa BestIsa() {
  static const Isa best = AvailableIsas().back();
  return best;
}

Result<Isa> SelectIsa(std::optional<Isa> forced) {
  if (!forced) return BestIsa();
  if (IsaAvailable(*forced)) return *forced;
  return Err(FailedPrecondition("this machine does not run " + std::string(IsaName(*forced)) + "; its best is " +
                                std::string(IsaName(BestIsa()))));
}

int IsaLanes(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
      return 4;
    case Isa::kAvx2:
      return 8;
    case Isa::kAvx512:
      return 16;
  }
  return 4;
}

}  // namespace winnow::kernels
