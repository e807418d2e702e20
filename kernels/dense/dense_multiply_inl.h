// The dense multiplication as a template over an ISA's Vec. Included only by dense_multiply_<isa>.cc.
#ifndef KERNELS_DENSE_DENSE_MULTIPLY_INL_H_
#define KERNELS_DENSE_DENSE_MULTIPLY_INL_H_

#include "kernels/dense/dense_multiply.h"

namespace winnow::kernels::lanes {

// R output channels by T vectors of tiles in registers.
template <typename V, int T, int R>
void DenseMultiply(const DensePanel& panel) {
  using Reg = typename V::Reg;
  const float* weights = panel.weights;
  float* m = panel.m;
  for (int64_t block = 0; block < panel.row_blocks; ++block) {
    Reg sum[R][T];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
      for (int t = 0; t < T; ++t) sum[r][t] = V::Zero();
    }
    const float* v = panel.v;
    for (int64_t c = 0; c < panel.channels; ++c) {
      Reg x[T];
#pragma GCC unroll 8
      for (int t = 0; t < T; ++t) x[t] = V::Load(v + t * V::kLanes);
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) {
        const Reg weight = V::Set(weights[r]);
#pragma GCC unroll 8
        for (int t = 0; t < T; ++t) sum[r][t] = V::Fma(weight, x[t], sum[r][t]);
      }
      weights += R;
      v += panel.v_stride;
    }
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
      for (int t = 0; t < T; ++t) V::Store(m + r * panel.m_stride + t * V::kLanes, sum[r][t]);
    }
    m += R * panel.m_stride;
  }
}

// Row blocks by vectors: R * T accumulators, T vectors of V and a weight in V::kRegisters registers.
template <typename V, int T>
constexpr DenseKernel MakeDenseKernel() {
  constexpr int R = V::kRegisters == 32 ? (T == 1   ? 16
                                           : T == 2 ? 12
                                           : T == 3 ? 9
                                                    : 6)
                                        : (T == 1   ? 12
                                           : T == 2 ? 6
                                           : T == 3 ? 4
                                                    : 2);
  if constexpr (T == 1) {
    return DenseKernel{R, &DenseMultiply<V, T, R>, nullptr};
  } else {
    return DenseKernel{R, &DenseMultiply<V, T, R>, &DenseMultiply<V, T - 1, R>};
  }
}

}  // namespace winnow::kernels::lanes

#endif  // KERNELS_DENSE_DENSE_MULTIPLY_INL_H_
