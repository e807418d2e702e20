// The probe as a template over an ISA's Vec. Included only by fma_probe_<isa>.cc.
#ifndef KERNELS_PROBE_FMA_PROBE_INL_H_
#define KERNELS_PROBE_FMA_PROBE_INL_H_

#include <stdint.h>

namespace winnow::kernels::lanes {

// As many chains as hide the latency of a multiply-add on two units, and no more than fit the registers.
template <typename V>
int64_t FmaProbe(int64_t rounds) {
  using Reg = typename V::Reg;
  constexpr int kChains = V::kRegisters >= 32 ? 24 : 12;
  // From memory the compiler cannot look into: else it would work the sums out itself.
  volatile float seed = 0.5f;
  const Reg factor = V::Set(seed), addend = V::Set(seed + 0.25f);
  Reg chain[kChains];
#pragma GCC unroll 24
  for (int i = 0; i < kChains; ++i) chain[i] = V::Set(seed + static_cast<float>(i));
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 24
    for (int i = 0; i < kChains; ++i) chain[i] = V::Fma(chain[i], factor, addend);
  }
  Reg sum = V::Zero();
#pragma GCC unroll 24
  for (int i = 0; i < kChains; ++i) sum = sum + chain[i];
  float lanes[V::kLanes];
  V::Store(lanes, sum);
  seed = lanes[0];
  return rounds * kChains * V::kLanes * 2;
}

}  // namespace winnow::kernels::lanes

#endif  // KERNELS_PROBE_FMA_PROBE_INL_H_
