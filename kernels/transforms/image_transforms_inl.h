// Transforms of tiles whose lanes are images, as templates over an ISA's Vec. Included only by
// tile_transforms_<isa>.cc.
//
// A line of 16 images is kImageVectors vectors; tile t of the block is the vectors [t * kImageVectors, ...) of V and M.
#ifndef KERNELS_TRANSFORMS_IMAGE_TRANSFORMS_INL_H_
#define KERNELS_TRANSFORMS_IMAGE_TRANSFORMS_INL_H_

#include "kernels/transforms/tile_transforms.h"
#include "kernels/transforms/transform_1d_inl.h"

namespace winnow::kernels::lanes {

constexpr int kImageLanes = 16;

template <typename V>
constexpr int kImageVectors = kImageLanes / V::kLanes;

// Rows Part * R to Part * R + R - 1 of B^T d, one column of d: a part at a time, so that all of it stays in registers.
template <typename V, int M, int R, int Part>
inline void ImageColumn(const float* const (&rows)[M + 2], int64_t x, int64_t width, typename V::Reg (&column)[R]) {
  using Reg = typename V::Reg;
  if (x < 0 || x >= width) {
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) column[r] = V::Zero();
    return;
  }
  Reg d[M + 2], v[M + 2];
#pragma GCC unroll 6
  for (int i = 0; i < M + 2; ++i) d[i] = V::Load(rows[i] + x * kImageLanes);
  Transform1d<V, M>::Input(d, v);
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) column[r] = v[Part * R + r];
}

// One part of the rows of V for a run of tiles. Neighbours share two columns.
template <typename V, int M, int R, int Part>
inline void InputRun(const float* const (&rows)[M + 2], const ImageTileRun& run, int64_t width, float* to,
                     int64_t position_stride) {
  using Reg = typename V::Reg;
  constexpr int kAlpha = M + 2;
  Reg t[kAlpha][R];
  ImageColumn<V, M, R, Part>(rows, run.x, width, t[0]);
  ImageColumn<V, M, R, Part>(rows, run.x + 1, width, t[1]);
  for (int32_t tile = 0; tile < run.count; ++tile) {
    const int64_t x = run.x + tile * M;
#pragma GCC unroll 6
    for (int j = 2; j < kAlpha; ++j) ImageColumn<V, M, R, Part>(rows, x + j, width, t[j]);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      Reg d[kAlpha], v[kAlpha];
#pragma GCC unroll 6
      for (int j = 0; j < kAlpha; ++j) d[j] = t[j][r];
      Transform1d<V, M>::Input(d, v);
      float* const row = to + (Part * R + r) * kAlpha * position_stride;
#pragma GCC unroll 6
      for (int j = 0; j < kAlpha; ++j) V::Store(row + j * position_stride, v[j]);
    }
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      t[0][r] = t[M][r];
      t[1][r] = t[M + 1][r];
    }
    to += kImageLanes;
  }
}

// Asks for the same pixels of the next channel: a plane is a page or more away, beyond the hardware's prefetchers.
template <typename V, int M>
inline void PrefetchRun(const float* plane, const ImageTileRun& run, const ImageBlockView& in) {
  const int64_t left = run.x < 0 ? 0 : run.x;
  const int64_t right = run.x + run.count * M + 2 < in.width ? run.x + run.count * M + 2 : in.width;
  for (int r = 0; r < M + 2; ++r) {
    const int64_t y = run.y + r;
    if (y < 0 || y >= in.height) continue;
    for (int64_t x = left; x < right; ++x) V::Prefetch(plane + (y * in.width + x) * kImageLanes);
  }
}

template <typename V, int M>
void InputImages(const ImageTiles& tiles, int64_t channels, ImageBlockView in, PositionView out) {
  constexpr int kAlpha = M + 2;
  for (int64_t c = 0; c < channels; ++c) {
    for (int32_t i = 0; i < tiles.run_count; ++i) {
      const ImageTileRun& run = tiles.runs[i];
      const float* const plane = in.base + c * in.channel_stride + run.offset;
      if (c + 1 < channels) PrefetchRun<V, M>(plane + in.channel_stride, run, in);
      for (int part = 0; part < kImageVectors<V>; ++part) {
        const float* rows[kAlpha];
#pragma GCC unroll 6
        for (int r = 0; r < kAlpha; ++r) {
          const int64_t y = run.y + r;
          const bool inside = y >= 0 && y < in.height;
          rows[r] = (inside ? plane + y * in.width * kImageLanes : in.zeros) + part * V::kLanes;
        }
        float* const to = out.base + c * out.channel_stride + run.first * kImageLanes + part * V::kLanes;
        if constexpr (M == 4) {
          InputRun<V, M, 3, 0>(rows, run, in.width, to, out.position_stride);
          InputRun<V, M, 3, 1>(rows, run, in.width, to, out.position_stride);
        } else {
          InputRun<V, M, kAlpha, 0>(rows, run, in.width, to, out.position_stride);
        }
      }
    }
  }
}

// Puts one row of a tile's pixels, those inside the image.
template <typename V, int M, bool Stream>
inline void PutPixels(typename V::Reg (&o)[M], typename V::Reg bias, bool relu, int64_t columns, const float* residual,
                      float* to) {
#pragma GCC unroll 4
  for (int j = 0; j < M; ++j) {
    if (j >= columns) break;
    typename V::Reg pixel = o[j] + bias;
    if (residual != nullptr) pixel = pixel + V::Load(residual + j * kImageLanes);
    if (relu) pixel = V::Max(pixel, V::Zero());
    if constexpr (Stream) {
      V::Stream(to + j * kImageLanes, pixel);
    } else {
      V::Store(to + j * kImageLanes, pixel);
    }
  }
}

template <typename V, int M, bool Stream>
inline void OutputImagesTo(const ImageTiles& tiles, int64_t channels, PositionView in, ImageBlockView out,
                           Epilogue epilogue) {
  using Reg = typename V::Reg;
  constexpr int kAlpha = M + 2;
  for (int64_t c = 0; c < channels; ++c) {
    const Reg bias = V::Set(epilogue.bias != nullptr ? epilogue.bias[c] : 0.0f);
    for (int32_t i = 0; i < tiles.run_count; ++i) {
      const ImageTileRun& run = tiles.runs[i];
      const int64_t rows = out.height - run.y < M ? out.height - run.y : M;
      for (int32_t vector = 0; vector < run.count * kImageVectors<V>; ++vector) {
        const int64_t x = run.x + vector / kImageVectors<V> * M;
        const int64_t lane = vector % kImageVectors<V> * V::kLanes;
        const float* const from = in.base + c * in.channel_stride + run.first * kImageLanes + vector * V::kLanes;
        Reg t[M][kAlpha];
#pragma GCC unroll 6
        for (int j = 0; j < kAlpha; ++j) {
          Reg p[kAlpha], o[M];
#pragma GCC unroll 6
          for (int r = 0; r < kAlpha; ++r) p[r] = V::Load(from + (r * kAlpha + j) * in.position_stride);
          Transform1d<V, M>::Output(p, o);
#pragma GCC unroll 4
          for (int r = 0; r < M; ++r) t[r][j] = o[r];
        }
        const int64_t place = c * out.channel_stride + run.offset + (run.y * out.width + x) * kImageLanes + lane;
#pragma GCC unroll 4
        for (int r = 0; r < M; ++r) {
          if (r >= rows) break;
          Reg o[M];
          Transform1d<V, M>::Output(t[r], o);
          const int64_t at = place + r * out.width * kImageLanes;
          PutPixels<V, M, Stream>(o, bias, epilogue.relu, out.width - x,
                                  epilogue.residual != nullptr ? epilogue.residual + at : nullptr, out.base + at);
        }
      }
    }
  }
  if constexpr (Stream) V::Fence();
}

template <typename V, int M>
void OutputImages(const ImageTiles& tiles, int64_t channels, PositionView in, ImageBlockView out, Epilogue epilogue) {
  if (epilogue.stream) {
    OutputImagesTo<V, M, true>(tiles, channels, in, out, epilogue);
  } else {
    OutputImagesTo<V, M, false>(tiles, channels, in, out, epilogue);
  }
}

}  // namespace winnow::kernels::lanes

#endif  // KERNELS_TRANSFORMS_IMAGE_TRANSFORMS_INL_H_
