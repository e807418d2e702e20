// The adjoints of the transforms of image_transforms_inl.h, for training. Included only by tile_transforms_<isa>.cc.
#ifndef KERNELS_TRANSFORMS_IMAGE_ADJOINTS_INL_H_
#define KERNELS_TRANSFORMS_IMAGE_ADJOINTS_INL_H_

#include "kernels/transforms/image_transforms_inl.h"

namespace winnow::kernels::lanes {

// Row r of a tile of pixels, zeros outside the image.
template <typename V, int M>
inline void GetPixels(const float* from, int64_t columns, bool inside, typename V::Reg (&o)[M]) {
#pragma GCC unroll 4
  for (int j = 0; j < M; ++j) o[j] = inside && j < columns ? V::Load(from + j * kImageLanes) : V::Zero();
}

// dM = A dy A^T
template <typename V, int M>
void OutputAdjointImages(const ImageTiles& tiles, int64_t channels, ImageBlockView in, PositionView out) {
  using Reg = typename V::Reg;
  constexpr int kAlpha = M + 2;
  for (int64_t c = 0; c < channels; ++c) {
    for (int32_t i = 0; i < tiles.run_count; ++i) {
      const ImageTileRun& run = tiles.runs[i];
      const float* const plane = in.base + c * in.channel_stride + run.offset;
      for (int32_t vector = 0; vector < run.count * kImageVectors<V>; ++vector) {
        const int64_t x = run.x + vector / kImageVectors<V> * M;
        const int64_t lane = vector % kImageVectors<V> * V::kLanes;
        const float* const from = plane + (run.y * in.width + x) * kImageLanes + lane;
        float* const to = out.base + c * out.channel_stride + run.first * kImageLanes + vector * V::kLanes;
        Reg t[M][kAlpha];  // rows of pixels, by columns of the tile
#pragma GCC unroll 4
        for (int r = 0; r < M; ++r) {
          Reg o[M];
          GetPixels<V, M>(from + r * in.width * kImageLanes, in.width - x, run.y + r < in.height, o);
          Transform1d<V, M>::OutputAdjoint(o, t[r]);
        }
#pragma GCC unroll 6
        for (int j = 0; j < kAlpha; ++j) {
          Reg o[M], p[kAlpha];
#pragma GCC unroll 4
          for (int r = 0; r < M; ++r) o[r] = t[r][j];
          Transform1d<V, M>::OutputAdjoint(o, p);
#pragma GCC unroll 6
          for (int r = 0; r < kAlpha; ++r) V::Store(to + (r * kAlpha + j) * out.position_stride, p[r]);
        }
      }
    }
  }
}

// Puts or adds one pixel, if it lies in the image.
template <typename V>
inline void PutGradient(float* row, int64_t x, int64_t width, bool add, typename V::Reg pixel) {
  if (x < 0 || x >= width) return;
  float* const to = row + x * kImageLanes;
  V::Store(to, add ? pixel + V::Load(to) : pixel);
}

// dx = sum over tiles of B dv B^T, for tiles in the order of their numbers: neighbours share two rows and two columns
// of pixels. Who comes first stores, who comes later adds; the columns that a run's tiles share stay in registers.
template <typename V, int M>
void InputAdjointImages(const ImageTiles& tiles, int64_t channels, PositionView in, ImageBlockView out,
                        int64_t padding) {
  using Reg = typename V::Reg;
  constexpr int kAlpha = M + 2;
  for (int64_t c = 0; c < channels; ++c) {
    for (int32_t i = 0; i < tiles.run_count; ++i) {
      const ImageTileRun& run = tiles.runs[i];
      const bool below = run.y > -padding;  // a row of tiles has been here
      const bool right = run.x > -padding;
      for (int part = 0; part < kImageVectors<V>; ++part) {
        float* const plane = out.base + c * out.channel_stride + run.offset + part * V::kLanes;
        const float* from = in.base + c * in.channel_stride + run.first * kImageLanes + part * V::kLanes;
        Reg carried[kAlpha][2];
#pragma GCC unroll 6
        for (int r = 0; r < kAlpha; ++r) carried[r][0] = carried[r][1] = V::Zero();
        alignas(64) float columns[kAlpha][kAlpha][V::kLanes];
        for (int32_t tile = 0; tile < run.count; ++tile, from += kImageLanes) {
#pragma GCC unroll 6
          for (int j = 0; j < kAlpha; ++j) {
            Reg v[kAlpha], x[kAlpha];
#pragma GCC unroll 6
            for (int r = 0; r < kAlpha; ++r) v[r] = V::Load(from + (r * kAlpha + j) * in.position_stride);
            Transform1d<V, M>::InputAdjoint(v, x);
#pragma GCC unroll 6
            for (int r = 0; r < kAlpha; ++r) V::Store(columns[r][j], x[r]);
          }
          const int64_t left = run.x + tile * M;
          const bool shared = tile == 0 && right;  // the first two columns, with the run before
          const bool last = tile + 1 == run.count;
#pragma GCC unroll 6
          for (int r = 0; r < kAlpha; ++r) {
            Reg v[kAlpha], x[kAlpha];
#pragma GCC unroll 6
            for (int j = 0; j < kAlpha; ++j) v[j] = V::Load(columns[r][j]);
            Transform1d<V, M>::InputAdjoint(v, x);
            x[0] = x[0] + carried[r][0];
            x[1] = x[1] + carried[r][1];
            carried[r][0] = x[M];
            carried[r][1] = x[M + 1];
            if (run.y + r < 0 || run.y + r >= out.height) continue;
            float* const row = plane + (run.y + r) * out.width * kImageLanes;
            const bool add = below && r < 2;
#pragma GCC unroll 4
            for (int j = 0; j < M; ++j) PutGradient<V>(row, left + j, out.width, add || (shared && j < 2), x[j]);
            if (!last) continue;
            PutGradient<V>(row, left + M, out.width, add, x[M]);
            PutGradient<V>(row, left + M + 1, out.width, add, x[M + 1]);
          }
        }
      }
    }
  }
}

}  // namespace winnow::kernels::lanes

#endif  // KERNELS_TRANSFORMS_IMAGE_ADJOINTS_INL_H_
