// Direct convolution as templates over an ISA's Vec. Included only by direct_multiply_<isa>.cc.
#ifndef KERNELS_DIRECT_DIRECT_MULTIPLY_INL_H_
#define KERNELS_DIRECT_DIRECT_MULTIPLY_INL_H_

#include "kernels/direct/direct_multiply.h"

namespace winnow::kernels::lanes {

template <typename V>
inline void DirectStorePlain(bool relu, const DirectStore& store, float* plane, typename V::Reg pixel) {
  constexpr uint32_t kAll = (1u << V::kLanes) - 1;
  if (relu) pixel = V::Max(pixel, V::Zero());
  if (store.lanes == kAll) {
    V::Store(plane + store.offset, pixel);
  } else {
    V::MaskStore(store.lanes, plane + store.offset, pixel);
  }
}

template <typename V>
inline void DirectPut(const DirectPanel& panel, const DirectStore& store, int64_t row, typename V::Reg pixel) {
  constexpr uint32_t kAll = (1u << V::kLanes) - 1;
  float* const to = panel.output + row * panel.plane + store.offset;
  const float* const residual = panel.residual != nullptr ? panel.residual + row * panel.plane + store.offset : nullptr;
  if (store.lanes != kAll) {
    if (residual != nullptr) pixel = pixel + V::MaskLoad(store.lanes, residual);
    V::MaskStore(store.lanes, to, panel.relu ? V::Max(pixel, V::Zero()) : pixel);
    return;
  }
  if (residual != nullptr) pixel = pixel + V::Load(residual);
  if (panel.relu) pixel = V::Max(pixel, V::Zero());
  if (panel.stream && reinterpret_cast<uintptr_t>(to) % (V::kLanes * sizeof(float)) == 0) {
    V::Stream(to, pixel);
  } else {
    V::Store(to, pixel);
  }
}

// R output channels by T vectors of pixels in registers. Every lane adds up in the same order, whatever T is.
template <typename V, int T, int R>
void DirectMultiply(const DirectPanel& panel, const DirectPixels& pixels) {
  using Reg = typename V::Reg;
  Reg sum[R][T];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int t = 0; t < T; ++t) sum[r][t] = V::Zero();
  }
  const float* weights = panel.weights;
  const float* channel[T];
#pragma GCC unroll 4
  for (int t = 0; t < T; ++t) channel[t] = panel.input + pixels.from[t];
  for (int64_t c = 0; c < panel.channels; ++c) {
    for (int ky = 0; ky < 3; ++ky) {
#pragma GCC unroll 3
      for (int kx = 0; kx < 3; ++kx) {
        const int64_t tap = ky * panel.row_stride + kx * panel.pixel_stride;
        Reg x[T];
#pragma GCC unroll 4
        for (int t = 0; t < T; ++t) x[t] = V::Load(channel[t] + tap);
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
          const Reg weight = V::Set(weights[r]);
#pragma GCC unroll 4
          for (int t = 0; t < T; ++t) sum[r][t] = V::Fma(weight, x[t], sum[r][t]);
        }
        weights += R;
      }
    }
#pragma GCC unroll 4
    for (int t = 0; t < T; ++t) channel[t] += panel.channel_stride;
  }
  if (pixels.store_end[T - 1] == T && panel.residual == nullptr && !panel.stream) {  // one place a vector: in registers
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      if (r >= panel.rows) break;
      const Reg bias = V::Set(panel.bias[r]);
      float* const to = panel.output + r * panel.plane;
#pragma GCC unroll 4
      for (int t = 0; t < T; ++t) DirectStorePlain<V>(panel.relu, pixels.stores[t], to, sum[r][t] + bias);
    }
    return;
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
    if (r >= panel.rows) break;
    const Reg bias = V::Set(panel.bias[r]);
    int store = 0;
#pragma GCC unroll 4
    for (int t = 0; t < T; ++t) {
      const Reg pixel = sum[r][t] + bias;
      for (; store < pixels.store_end[t]; ++store) DirectPut<V>(panel, pixels.stores[store], r, pixel);
    }
  }
  if (panel.stream) V::Fence();
}

// R * T accumulators, T vectors of pixels and a weight in V::kRegisters registers.
template <typename V>
constexpr DirectKernel MakeDirectKernel() {
  if constexpr (V::kRegisters == 32) {
    return {8, 3, {&DirectMultiply<V, 1, 8>, &DirectMultiply<V, 2, 8>, &DirectMultiply<V, 3, 8>}};
  } else {
    return {6, 2, {&DirectMultiply<V, 1, 6>, &DirectMultiply<V, 2, 6>, nullptr}};
  }
}

}  // namespace winnow::kernels::lanes

#endif  // KERNELS_DIRECT_DIRECT_MULTIPLY_INL_H_
