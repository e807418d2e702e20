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

// Where a call stands in its panel. By value throughout: what the compiler must keep in memory costs a store a group.
struct SparseCursor {
  const float* weights;
  const uint16_t* indices;
  uint64_t next;  // the four indices from `indices` on, loaded a group ahead so that addresses are ready when the
                  // multiply-adds are
};

// The rows [begin, end), all of remainder R. Returns the cursor behind them.
template <typename V, int T, int S, int R, bool Accumulate>
[[gnu::always_inline]] inline SparseCursor MultiplyRows(const SparsePanel& panel, int64_t begin, int64_t end,
                                                        SparseCursor at) {
  using Reg = typename V::Reg;
  const char* const v = reinterpret_cast<const char*>(panel.v);
  float* const base = panel.m;
  const int64_t stride = panel.m_stride;
  const PackedRow* const last = panel.rows + end;
  for (const PackedRow* row = panel.rows + begin; row != last; ++row) {
    float* const m = base + row->out_channel * stride;
    Reg sum[S][T];
#pragma GCC unroll 8
    for (int t = 0; t < T; ++t) {
      sum[0][t] = Accumulate ? V::Load(m + t * V::kLanes) : V::Zero();
#pragma GCC unroll 4
      for (int s = 1; s < S; ++s) sum[s][t] = V::Zero();
    }
    for (uint32_t left = row->Groups(); left > 0; --left) {
      const uint64_t current = at.next;
      at.indices += kGroupSize;
      at.next = LoadIndices<V>(at.indices);
      const typename V::Group group = V::LoadGroup(at.weights);
      AddElement<V, T, S, 0>(group, current, v, sum);
      AddElement<V, T, S, 1>(group, current, v, sum);
      AddElement<V, T, S, 2>(group, current, v, sum);
      AddElement<V, T, S, 3>(group, current, v, sum);
      at.weights += kGroupSize;
    }
    if constexpr (R > 0) {
      const uint64_t current = at.next;
      at.indices += R;
      at.next = LoadIndices<V>(at.indices);
      const typename V::Group group = V::LoadGroup(at.weights);
      AddElement<V, T, S, 0>(group, current, v, sum);
      if constexpr (R > 1) AddElement<V, T, S, 1>(group, current, v, sum);
      if constexpr (R > 2) AddElement<V, T, S, 2>(group, current, v, sum);
      at.weights += R;
    }
#pragma GCC unroll 8
    for (int t = 0; t < T; ++t) {
#pragma GCC unroll 4
      for (int s = 1; s < S; ++s) sum[0][t] = sum[0][t] + sum[s][t];
      V::Store(m + t * V::kLanes, sum[0][t]);
    }
  }
  return at;
}

template <typename V, int T, bool Accumulate>
inline void MultiplyPanel(const SparsePanel& panel) {
  // Sets of accumulators that take turns where T alone is too few to hide the latency of a multiply-add: at least eight
  // sums under way, where a group of four coefficients allows.
  constexpr int S = T <= 3 ? 4 : T <= 7 ? 2 : 1;
  SparseCursor at{panel.weights, panel.indices, LoadIndices<V>(panel.indices)};
  const int64_t* const end = panel.remainder_end;
  at = MultiplyRows<V, T, S, 0, Accumulate>(panel, 0, end[0], at);
  at = MultiplyRows<V, T, S, 1, Accumulate>(panel, end[0], end[1], at);
  at = MultiplyRows<V, T, S, 2, Accumulate>(panel, end[1], end[2], at);
  MultiplyRows<V, T, S, 3, Accumulate>(panel, end[2], end[3], at);
}

// T vectors of tiles.
template <typename V, int T>
void SparseMultiply(const SparsePanel& panel) {
  if (panel.accumulate) {
    MultiplyPanel<V, T, true>(panel);
  } else {
    MultiplyPanel<V, T, false>(panel);
  }
}

}  // namespace winnow::kernels::lanes

#endif  // KERNELS_SPARSE_SPARSE_MULTIPLY_INL_H_
