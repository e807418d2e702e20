// The two passes of every tile transform: vertical over image columns, horizontal over tiles (shape/tile_block.h).
//
// Included only by files of one ISA.
#ifndef KERNELS_TRANSFORMS_TILE_PASSES_INL_H_
#define KERNELS_TRANSFORMS_TILE_PASSES_INL_H_

#include "kernels/transforms/tile_transforms.h"
#include "kernels/transforms/transform_1d_inl.h"

namespace winnow::kernels::lanes {

// The buffer between the passes, in the L1 cache.
template <typename V, int M>
struct Stage {
  static constexpr int kAlpha = M + 2;
  static constexpr int kStride = V::kLanes * (M * kMaxBlockVectors + 2);

  float* row(int r) { return rows + r * kStride; }
  // The halo of tile t at [M * t, M * t + 2).
  float* tail(int r) { return tails + V::kLanes + r * kStride; }

  alignas(64) float rows[kAlpha * kStride];
  alignas(64) float tails[kAlpha * kStride + V::kLanes];
};

template <typename V>
inline uint32_t AllLanes() {
  return (uint32_t{1} << V::kLanes) - 1;
}

// Lanes of the block's vector that hold a tile.
template <typename V>
inline uint32_t TileLanes(const TileBlock& block, int vector) {
  const int left = block.tiles - vector * V::kLanes;
  return left >= V::kLanes ? AllLanes<V>() : (uint32_t{1} << left) - 1;
}

// The columns of a chunk, Rows image rows; zero outside the image.
template <typename V, int Rows>
inline void LoadRows(const TileChunk& chunk, const float* channel, int64_t row_stride, typename V::Reg (&x)[Rows]) {
  const float* const p = channel + chunk.offset;
  if (chunk.is_interior) {
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) x[r] = V::Load(p + r * row_stride);
  } else {
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
      x[r] = chunk.rows >> r & 1 ? V::MaskLoad(chunk.columns, p + r * row_stride) : V::Zero();
    }
  }
}

// Puts `x` to the chunk's pixels, past the caches where whole lines allow.
template <typename V, int Rows>
inline void StreamRows(const TileChunk& chunk, const typename V::Reg (&x)[Rows], float* channel, int64_t row_stride) {
  float* const p = channel + chunk.offset;
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) {
    float* const row = p + r * row_stride;
    if (chunk.is_interior && reinterpret_cast<uintptr_t>(row) % (V::kLanes * sizeof(float)) == 0) {
      V::Stream(row, x[r]);
    } else if (chunk.rows >> r & 1) {
      V::MaskStore(chunk.columns, row, x[r]);
    }
  }
}

// Puts `x` to the chunk's pixels; Add to what is there already.
template <typename V, int Rows, bool Add>
inline void StoreRows(const TileChunk& chunk, const typename V::Reg (&x)[Rows], float* channel, int64_t row_stride) {
  float* const p = channel + chunk.offset;
  if (chunk.is_interior) {
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
      float* const row = p + r * row_stride;
      V::Store(row, Add ? V::Load(row) + x[r] : x[r]);
    }
  } else {
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
      if (chunk.rows >> r & 1) {
        float* const row = p + r * row_stride;
        V::MaskStore(chunk.columns, row, Add ? V::MaskLoad(chunk.columns, row) + x[r] : x[r]);
      }
    }
  }
}

// M registers of consecutive stage columns become M registers of one tile column each, and back.
template <typename V, int M>
inline void ColumnsToTiles(typename V::Reg (&x)[M]) {
  if constexpr (M == 4) {
    V::Transpose4(x);
  } else {
    V::Deinterleave(x[0], x[1]);
  }
}
template <typename V, int M>
inline void TilesToColumns(typename V::Reg (&x)[M]) {
  if constexpr (M == 4) {
    V::Transpose4(x);
  } else {
    V::Interleave(x[0], x[1]);
  }
}

// Where the tiles of one vector stand in V or M.
template <typename V, int M, bool Natural>
struct TileVector {
  float* base;  // of position 0
  int64_t position_stride;
  uint32_t tiles;  // lanes that hold one

  typename V::Reg Load(int position) const {
    const float* const p = base + position * position_stride;
    if constexpr (!Natural) return V::Load(p);
    return V::template FromNatural<M>(tiles == AllLanes<V>() ? V::Load(p) : V::MaskLoad(tiles, p));
  }
  void Store(int position, typename V::Reg x) const {
    float* const p = base + position * position_stride;
    if constexpr (!Natural) {
      V::Store(p, x);
    } else if (tiles == AllLanes<V>()) {
      V::Store(p, V::template ToNatural<M>(x));
    } else {
      V::MaskStore(tiles, p, V::template ToNatural<M>(x));
    }
  }
};

// The alpha columns of the tiles of one vector in a stage row, halo included. `tails` are block.tail_columns of it.
template <typename V, int M>
inline void LoadTileColumns(const float* row, const float* tail, const uint16_t* tails, typename V::Reg (&x)[M + 2]) {
  using Reg = typename V::Reg;
  Reg own[M], halo[M];
#pragma GCC unroll 4
  for (int p = 0; p < M; ++p) {
    own[p] = V::Load(row + p * V::kLanes);
    halo[p] = V::MergeLoad(V::Load(row + M + p * V::kLanes), tails[p], tail + p * V::kLanes);
  }
  ColumnsToTiles<V, M>(own);
  ColumnsToTiles<V, M>(halo);
#pragma GCC unroll 4
  for (int j = 0; j < M; ++j) x[j] = own[j];
  x[M] = halo[0];
  x[M + 1] = halo[1];
}

}  // namespace winnow::kernels::lanes

#endif  // KERNELS_TRANSFORMS_TILE_PASSES_INL_H_
