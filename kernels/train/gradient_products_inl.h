// The gradient products as templates over an ISA's Vec. Included only by gradient_products_<isa>.cc.
#ifndef KERNELS_TRAIN_GRADIENT_PRODUCTS_INL_H_
#define KERNELS_TRAIN_GRADIENT_PRODUCTS_INL_H_

#include <string.h>

#include "kernels/train/gradient_products.h"

namespace winnow::kernels::lanes {

// The coefficients E < N of a group: their products with a row of dM, which stays in registers.
template <typename V, int T, int N>
[[gnu::always_inline]] inline void SampleGroup(const typename V::Reg (&d)[T], uint64_t indices, const char* v,
                                               float* gradient) {
  typename V::Reg sum[kGroupSize];
#pragma GCC unroll 4
  for (int e = 0; e < static_cast<int>(kGroupSize); ++e) {
    sum[e] = V::Zero();
    if (e >= N) continue;
    const float* const from = reinterpret_cast<const float*>(v + (indices >> 16 * e & 0xffff) * 8);
#pragma GCC unroll 8
    for (int t = 0; t < T; ++t) sum[e] = V::Fma(d[t], V::Load(from + t * V::kLanes), sum[e]);
  }
  V::AddSums(sum, gradient);
}

struct SampledCursor {
  const uint16_t* indices;
  float* gradient;
};

// The rows [begin, end), all of remainder R. Returns the cursor behind them.
template <typename V, int T, int R>
[[gnu::always_inline]] inline SampledCursor SampleRows(const SampledPanel& panel, int64_t begin, int64_t end,
                                                       SampledCursor at) {
  const char* const v = reinterpret_cast<const char*>(panel.v);
  const PackedRow* const last = panel.rows + end;
  for (const PackedRow* row = panel.rows + begin; row != last; ++row) {
    const float* const dm = panel.dm + row->out_channel * panel.dm_stride;
    typename V::Reg d[T];
#pragma GCC unroll 8
    for (int t = 0; t < T; ++t) d[t] = V::Load(dm + t * V::kLanes);
    for (uint32_t left = row->Groups(); left > 0; --left) {
      uint64_t indices;
      memcpy(&indices, at.indices, sizeof(indices));
      SampleGroup<V, T, kGroupSize>(d, indices, v, at.gradient);
      at.indices += kGroupSize;
      at.gradient += kGroupSize;
    }
    if constexpr (R > 0) {
      uint64_t indices;
      memcpy(&indices, at.indices, sizeof(indices));
      SampleGroup<V, T, R>(d, indices, v, at.gradient);
      at.indices += R;
      at.gradient += R;
    }
  }
  return at;
}

template <typename V, int T>
void SampledProduct(const SampledPanel& panel) {
  SampledCursor at{panel.indices, panel.gradient};
  const int32_t* const end = panel.remainder_end;
  at = SampleRows<V, T, 0>(panel, 0, end[0], at);
  at = SampleRows<V, T, 1>(panel, end[0], end[1], at);
  at = SampleRows<V, T, 2>(panel, end[1], end[2], at);
  SampleRows<V, T, 3>(panel, end[2], end[3], at);
}

// Output channels by four input channels in registers.
template <typename V>
inline constexpr int kFullRows = V::kRegisters == 32 ? 6 : 2;

// Adds the sums of one output and up to four input channels.
template <typename V>
inline void AddFullSums(const typename V::Reg (&sum)[4], int64_t columns, float* to) {
  if (columns == 4) return V::AddSums(sum, to);
  float whole[4] = {};
  V::AddSums(sum, whole);
  for (int64_t j = 0; j < columns; ++j) to[j] += whole[j];
}

template <typename V>
void FullProduct(const FullPanel& panel) {
  using Reg = typename V::Reg;
  constexpr int R = kFullRows<V>;
  for (int64_t o = 0; o < panel.out_channels; o += R) {
    // Past the last channel the last one is taken again, and its sums are dropped.
    const int64_t rows = panel.out_channels - o < R ? panel.out_channels - o : R;
    const float* dm[R];
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) dm[r] = panel.dm + (o + (r < rows ? r : rows - 1)) * panel.dm_stride;
    for (int64_t c = 0; c < panel.in_channels; c += 4) {
      const int64_t columns = panel.in_channels - c < 4 ? panel.in_channels - c : 4;
      const float* v[4];
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) v[j] = panel.v + (c + (j < columns ? j : columns - 1)) * panel.v_stride;
      Reg sum[R][4];
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j) sum[r][j] = V::Zero();
      }
      for (int64_t at = 0; at < int64_t{panel.vectors} * V::kLanes; at += V::kLanes) {
        Reg x[4];
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j) x[j] = V::Load(v[j] + at);
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
          const Reg d = V::Load(dm[r] + at);
#pragma GCC unroll 4
          for (int j = 0; j < 4; ++j) sum[r][j] = V::Fma(d, x[j], sum[r][j]);
        }
      }
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) {
        if (r < rows) AddFullSums<V>(sum[r], columns, panel.gradient + (o + r) * panel.in_channels + c);
      }
    }
  }
}

template <typename V>
constexpr GradientProducts MakeGradientProducts() {
  return GradientProducts{{&SampledProduct<V, 1>, &SampledProduct<V, 2>, &SampledProduct<V, 3>, &SampledProduct<V, 4>,
                           &SampledProduct<V, 5>, &SampledProduct<V, 6>, &SampledProduct<V, 7>, &SampledProduct<V, 8>},
                          &FullProduct<V>};
}

}  // namespace winnow::kernels::lanes

#endif  // KERNELS_TRAIN_GRADIENT_PRODUCTS_INL_H_
