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

// The E-th of four kept channels, for a row of R output channels.
template <typename V, int T, int R, int S, int E>
[[gnu::always_inline]] inline void AddElement(const float* weights, typename V::Group group, uint64_t indices,
                                              const char* v, typename V::Reg (&sum)[S][R][T]) {
  using Reg = typename V::Reg;
  const float* const from = reinterpret_cast<const float*>(v + (indices >> 16 * E & 0xffff) * 8);
  if constexpr (R == 1) {
    const Reg weight = V::template Spread<E>(group);
#pragma GCC unroll 8
    for (int t = 0; t < T; ++t) sum[E % S][0][t] = V::Fma(weight, V::Load(from + t * V::kLanes), sum[E % S][0][t]);
  } else {
    Reg x[T];
#pragma GCC unroll 8
    for (int t = 0; t < T; ++t) x[t] = V::Load(from + t * V::kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const Reg weight = V::Set(weights[E * R + r]);
#pragma GCC unroll 8
      for (int t = 0; t < T; ++t) sum[E % S][r][t] = V::Fma(weight, x[t], sum[E % S][r][t]);
    }
  }
}

// Where a call stands in its panel. By value throughout: what the compiler must keep in memory costs a store a group.
struct SparseCursor {
  const float* weights;
  const uint16_t* indices;
  uint64_t next;  // the four indices from `indices` on, loaded a group ahead so that addresses are ready when the
                  // multiply-adds are
};

// The first N of four kept channels.
template <typename V, int T, int R, int S, int N>
[[gnu::always_inline]] inline void AddElements(SparseCursor& at, const char* v, typename V::Reg (&sum)[S][R][T]) {
  const uint64_t current = at.next;
  at.indices += N;
  at.next = LoadIndices<V>(at.indices);
  typename V::Group group{};
  if constexpr (R == 1) group = V::LoadGroup(at.weights);
  AddElement<V, T, R, S, 0>(at.weights, group, current, v, sum);
  if constexpr (N > 1) AddElement<V, T, R, S, 1>(at.weights, group, current, v, sum);
  if constexpr (N > 2) AddElement<V, T, R, S, 2>(at.weights, group, current, v, sum);
  if constexpr (N > 3) AddElement<V, T, R, S, 3>(at.weights, group, current, v, sum);
  at.weights += N * R;
}

// The rows [begin, end), all of remainder N. Returns the cursor behind them. Accumulate is for rows of one output
// channel: others have so much to do that they ask the panel, which halves the code.
template <typename V, int T, int R, int S, int N, bool Accumulate>
[[gnu::always_inline]] inline SparseCursor MultiplyRows(const SparsePanel& panel, int64_t begin, int64_t end,
                                                        SparseCursor at) {
  using Reg = typename V::Reg;
  const char* const v = reinterpret_cast<const char*>(panel.v);
  float* const base = panel.m;
  const int64_t stride = panel.m_stride;
  const bool accumulate = R == 1 ? Accumulate : panel.accumulate;
  const PackedRow* const last = panel.rows + end;
  for (const PackedRow* row = panel.rows + begin; row != last; ++row) {
    float* const m = base + row->out_channel * stride;
    Reg sum[S][R][T];
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
      for (int t = 0; t < T; ++t) {
        sum[0][r][t] = accumulate ? V::Load(m + r * stride + t * V::kLanes) : V::Zero();
#pragma GCC unroll 4
        for (int s = 1; s < S; ++s) sum[s][r][t] = V::Zero();
      }
    }
    for (uint32_t left = row->Groups(); left > 0; --left) AddElements<V, T, R, S, 4>(at, v, sum);
    if constexpr (N > 0) AddElements<V, T, R, S, N>(at, v, sum);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
      for (int t = 0; t < T; ++t) {
#pragma GCC unroll 4
        for (int s = 1; s < S; ++s) sum[0][r][t] = sum[0][r][t] + sum[s][r][t];
        V::Store(m + r * stride + t * V::kLanes, sum[0][r][t]);
      }
    }
  }
  return at;
}

template <typename V, int T, int R, bool Accumulate>
inline void MultiplyPanel(const SparsePanel& panel) {
  // Sets of accumulators that take turns where R T alone are too few to hide the latency of a multiply-add: at least
  // eight sums under way, where a group of four kept channels allows.
  constexpr int S = R * T <= 3 ? 4 : R * T <= 7 ? 2 : 1;
  SparseCursor at{panel.weights, panel.indices, LoadIndices<V>(panel.indices)};
  const int32_t* const end = panel.remainder_end;
  at = MultiplyRows<V, T, R, S, 0, Accumulate>(panel, 0, end[0], at);
  at = MultiplyRows<V, T, R, S, 1, Accumulate>(panel, end[0], end[1], at);
  at = MultiplyRows<V, T, R, S, 2, Accumulate>(panel, end[1], end[2], at);
  MultiplyRows<V, T, R, S, 3, Accumulate>(panel, end[2], end[3], at);
}

// T vectors of tiles in as many passes as R output channels need: accumulators, T vectors of V and a weight have to fit
// into the registers.
template <typename V, int T, int R>
void SparseMultiply(const SparsePanel& panel) {
  constexpr int kMost = R == 1 ? kMaxBlockVectors : (V::kRegisters - 1) / (R + 1);
  constexpr int kPasses = (T + kMost - 1) / kMost;
  constexpr int kFirst = (T + kPasses - 1) / kPasses;
  if (R == 1 && panel.accumulate) {
    MultiplyPanel<V, kFirst, R, R == 1>(panel);
  } else {
    MultiplyPanel<V, kFirst, R, false>(panel);
  }
  if constexpr (kFirst < T) {
    SparsePanel rest = panel;
    rest.v += kFirst * V::kLanes;
    rest.m += kFirst * V::kLanes;
    SparseMultiply<V, T - kFirst, R>(rest);
  }
}

template <typename V, int T>
constexpr SparseKernel MakeSparseKernel() {
  return {{&SparseMultiply<V, T, 1>, &SparseMultiply<V, T, 2>, &SparseMultiply<V, T, 4>, &SparseMultiply<V, T, 8>}};
}

}  // namespace winnow::kernels::lanes

#endif  // KERNELS_SPARSE_SPARSE_MULTIPLY_INL_H_
