// The sparse multiplication as a template over an ISA's Vec. Included only by sparse_multiply_<isa>.cc.
#ifndef KERNELS_SPARSE_SPARSE_MULTIPLY_INL_H_
#define KERNELS_SPARSE_SPARSE_MULTIPLY_INL_H_

#include <string.h>

#include "kernels/sparse/sparse_multiply.h"

namespace winnow::kernels::lanes {

// Four indices in one load: loading them one by one would cost as much as the multiply-adds they serve.
template <typename V>
inline uint64_t LoadIndices(const uint16_t* p) {
  uint64_t indices;
  memcpy(&indices, p, sizeof(indices));
  return indices;
}

// One coefficient, the E-th of its group.
template <typename V, int T, int S, int E>
inline void AddElement(typename V::Group group, uint64_t indices, const char* v, typename V::Reg (&sum)[S][T]) {
  const typename V::Reg weight = V::template Spread<E>(group);
  const float* const from = reinterpret_cast<const float*>(v + (indices >> 16 * E & 0xffff) * 8);
#pragma GCC unroll 8
  for (int t = 0; t < T; ++t) sum[E % S][t] = V::Fma(weight, V::Load(from + t * V::kLanes), sum[E % S][t]);
}

// T vectors of tiles. S sets of accumulators take turns where T alone is too few to hide the latency of a multiply-add.
template <typename V, int T>
void SparseMultiply(const SparsePanel& panel) {
  using Reg = typename V::Reg;
  constexpr int S = T == 1 ? 4 : T <= 3 ? 2 : 1;
  const float* weights = panel.weights;
  const uint16_t* indices = panel.indices;
  const char* const v = reinterpret_cast<const char*>(panel.v);
  uint64_t next = LoadIndices<V>(indices);
  for (int64_t i = 0; i < panel.row_count; ++i) {
    float* const m = panel.m + panel.rows[i].out_channel * panel.m_stride;
    Reg sum[S][T];
#pragma GCC unroll 8
    for (int t = 0; t < T; ++t) {
      sum[0][t] = panel.accumulate ? V::Load(m + t * V::kLanes) : V::Zero();
#pragma GCC unroll 4
      for (int s = 1; s < S; ++s) sum[s][t] = V::Zero();
    }
    for (int32_t left = panel.rows[i].groups; left > 0; --left) {
      const uint64_t current = next;
      indices += kGroupSize;
      next = LoadIndices<V>(indices);  // a group ahead, so that addresses are ready when the multiply-adds are
      const typename V::Group group = V::LoadGroup(weights);
      AddElement<V, T, S, 0>(group, current, v, sum);
      AddElement<V, T, S, 1>(group, current, v, sum);
      AddElement<V, T, S, 2>(group, current, v, sum);
      AddElement<V, T, S, 3>(group, current, v, sum);
      weights += kGroupSize;
    }
#pragma GCC unroll 8
    for (int t = 0; t < T; ++t) {
#pragma GCC unroll 4
      for (int s = 1; s < S; ++s) sum[0][t] = sum[0][t] + sum[s][t];
      V::Store(m + t * V::kLanes, sum[0][t]);
    }
  }
}

}  // namespace winnow::kernels::lanes

#endif  // KERNELS_SPARSE_SPARSE_MULTIPLY_INL_H_
