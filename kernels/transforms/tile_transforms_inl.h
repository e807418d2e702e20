// Tile transforms as templates over an ISA's Vec. Included only by tile_transforms_<isa>.cc.
#ifndef KERNELS_TRANSFORMS_TILE_TRANSFORMS_INL_H_
#define KERNELS_TRANSFORMS_TILE_TRANSFORMS_INL_H_

#include "kernels/transforms/image_adjoints_inl.h"
#include "kernels/transforms/image_transforms_inl.h"
#include "kernels/transforms/tile_passes_inl.h"

namespace winnow::kernels::lanes {

// Asks for the same pixels of the next channel. The walk over planes, a few rows each, is beyond the hardware's
// prefetchers: worth up to 1.6x of this stage (kernels/bench/RESULTS.md).
template <typename V, int Rows>
inline void PrefetchRows(const TileChunk& chunk, const float* channel, int64_t row_stride) {
  const float* const p = channel + chunk.offset;
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) V::Prefetch(p + r * row_stride);
}

// Vertical pass of the input transform.
template <typename V, int M>
inline void StageInput(const TileBlock& block, const float* channel, const float* next_channel, int64_t row_stride,
                       Stage<V, M>& stage) {
  using Reg = typename V::Reg;
  for (int i = 0; i < block.chunk_count; ++i) {
    const TileChunk& chunk = block.chunks[i];
    Reg x[M + 2], v[M + 2];
    LoadRows<V, M + 2>(chunk, channel, row_stride, x);
    PrefetchRows<V, M + 2>(chunk, next_channel, row_stride);
    Transform1d<V, M>::Input(x, v);
#pragma GCC unroll 8
    for (int r = 0; r < M + 2; ++r) V::Store(stage.row(r) + chunk.stage_column, v[r]);
    if (chunk.tail) {
#pragma GCC unroll 8
      for (int r = 0; r < M + 2; ++r) V::MaskStore(chunk.tail, stage.tail(r) + chunk.stage_column - M, v[r]);
    }
  }
}

template <typename V, int M, bool Natural>
void Input(const TileBlock& block, int64_t channels, ImageView in, PositionView out) {
  using Reg = typename V::Reg;
  Stage<V, M> stage;
  for (int64_t c = 0; c < channels; ++c) {
    const float* const channel = in.base + c * in.channel_stride;
    StageInput<V, M>(block, channel, c + 1 < channels ? channel + in.channel_stride : channel, in.row_stride, stage);
    for (int vector = 0; vector < block.vectors; ++vector) {
      const TileVector<V, M, Natural> to{out.base + c * out.channel_stride + vector * V::kLanes, out.position_stride,
                                         TileLanes<V>(block, vector)};
      const int column = vector * M * V::kLanes;
      for (int r = 0; r < M + 2; ++r) {
        Reg x[M + 2], v[M + 2];
        LoadTileColumns<V, M>(stage.row(r) + column, stage.tail(r) + column, block.tail_columns + vector * M, x);
        Transform1d<V, M>::Input(x, v);
#pragma GCC unroll 8
        for (int j = 0; j < M + 2; ++j) to.Store(r * (M + 2) + j, v[j]);
      }
    }
  }
}

// Vertical pass of the input transform's adjoint.
template <typename V, int M>
inline void UnstageInputAdjoint(const TileBlock& block, Stage<V, M>& stage, float* channel, int64_t row_stride) {
  using Reg = typename V::Reg;
  for (int i = 0; i < block.chunk_count; ++i) {
    const TileChunk& chunk = block.chunks[i];
    Reg v[M + 2], x[M + 2];
#pragma GCC unroll 8
    for (int r = 0; r < M + 2; ++r) {
      v[r] = V::MaskLoad(chunk.own, stage.row(r) + chunk.stage_column) +
             V::MaskLoad(chunk.halo, stage.tail(r) + chunk.stage_column - M);
    }
    Transform1d<V, M>::InputAdjoint(v, x);
    StoreRows<V, M + 2, true>(chunk, x, channel, row_stride);
  }
}

template <typename V, int M>
void InputAdjoint(const TileBlock& block, int64_t channels, PositionView in, ImageView out) {
  using Reg = typename V::Reg;
  Stage<V, M> stage;
  for (int64_t c = 0; c < channels; ++c) {
    for (int vector = 0; vector < block.vectors; ++vector) {
      const TileVector<V, M, true> from{in.base + c * in.channel_stride + vector * V::kLanes, in.position_stride,
                                        TileLanes<V>(block, vector)};
      const int column = vector * M * V::kLanes;
      for (int r = 0; r < M + 2; ++r) {
        Reg v[M + 2], x[M + 2], own[M], halo[M];
#pragma GCC unroll 8
        for (int j = 0; j < M + 2; ++j) v[j] = from.Load(r * (M + 2) + j);
        Transform1d<V, M>::InputAdjoint(v, x);
#pragma GCC unroll 4
        for (int j = 0; j < M; ++j) {
          own[j] = x[j];
          halo[j] = j < 2 ? x[M + j] : V::Zero();
        }
        TilesToColumns<V, M>(own);
        TilesToColumns<V, M>(halo);
#pragma GCC unroll 4
        for (int p = 0; p < M; ++p) {
          V::Store(stage.row(r) + column + p * V::kLanes, own[p]);
          V::Store(stage.tail(r) + column + p * V::kLanes, halo[p]);
        }
      }
    }
    UnstageInputAdjoint<V, M>(block, stage, out.base + c * out.channel_stride, out.row_stride);
  }
}

template <typename V, int M, bool Natural>
void Output(const TileBlock& block, int64_t channels, PositionView in, ImageView out, Epilogue epilogue) {
  using Reg = typename V::Reg;
  Stage<V, M> stage;
  for (int64_t c = 0; c < channels; ++c) {
    for (int vector = 0; vector < block.vectors; ++vector) {
      const TileVector<V, M, Natural> from{in.base + c * in.channel_stride + vector * V::kLanes, in.position_stride,
                                           TileLanes<V>(block, vector)};
      const int column = vector * M * V::kLanes;
      for (int r = 0; r < M + 2; ++r) {
        Reg p[M + 2], o[M];
#pragma GCC unroll 8
        for (int j = 0; j < M + 2; ++j) p[j] = from.Load(r * (M + 2) + j);
        Transform1d<V, M>::Output(p, o);
        TilesToColumns<V, M>(o);
#pragma GCC unroll 4
        for (int j = 0; j < M; ++j) V::Store(stage.row(r) + column + j * V::kLanes, o[j]);
      }
    }
    const Reg bias = V::Set(epilogue.bias != nullptr ? epilogue.bias[c] : 0.0f);
    for (int i = 0; i < block.chunk_count; ++i) {
      const TileChunk& chunk = block.chunks[i];
      Reg p[M + 2], o[M];
#pragma GCC unroll 8
      for (int r = 0; r < M + 2; ++r) p[r] = V::Load(stage.row(r) + chunk.stage_column);
      Transform1d<V, M>::Output(p, o);
      if (epilogue.residual != nullptr) {
        Reg residual[M];
        LoadRows<V, M>(chunk, epilogue.residual + c * out.channel_stride, out.row_stride, residual);
#pragma GCC unroll 4
        for (int r = 0; r < M; ++r) o[r] = o[r] + residual[r];
      }
#pragma GCC unroll 4
      for (int r = 0; r < M; ++r) {
        o[r] = o[r] + bias;
        if (epilogue.relu) o[r] = V::Max(o[r], V::Zero());
      }
      if (epilogue.stream) {
        StreamRows<V, M>(chunk, o, out.base + c * out.channel_stride, out.row_stride);
      } else {
        StoreRows<V, M, false>(chunk, o, out.base + c * out.channel_stride, out.row_stride);
      }
    }
  }
  if (epilogue.stream) V::Fence();
}

template <typename V, int M>
void OutputAdjoint(const TileBlock& block, int64_t channels, ImageView in, PositionView out) {
  using Reg = typename V::Reg;
  Stage<V, M> stage;
  for (int64_t c = 0; c < channels; ++c) {
    for (int i = 0; i < block.chunk_count; ++i) {
      const TileChunk& chunk = block.chunks[i];
      Reg o[M], p[M + 2];
      LoadRows<V, M>(chunk, in.base + c * in.channel_stride, in.row_stride, o);
      Transform1d<V, M>::OutputAdjoint(o, p);
#pragma GCC unroll 8
      for (int r = 0; r < M + 2; ++r) V::Store(stage.row(r) + chunk.stage_column, p[r]);
    }
    for (int vector = 0; vector < block.vectors; ++vector) {
      const TileVector<V, M, true> to{out.base + c * out.channel_stride + vector * V::kLanes, out.position_stride,
                                      TileLanes<V>(block, vector)};
      const int column = vector * M * V::kLanes;
      for (int r = 0; r < M + 2; ++r) {
        Reg o[M], p[M + 2];
#pragma GCC unroll 4
        for (int j = 0; j < M; ++j) o[j] = V::Load(stage.row(r) + column + j * V::kLanes);
        ColumnsToTiles<V, M>(o);
        Transform1d<V, M>::OutputAdjoint(o, p);
#pragma GCC unroll 8
        for (int j = 0; j < M + 2; ++j) to.Store(r * (M + 2) + j, p[j]);
      }
    }
  }
}

template <typename V, int M>
constexpr TileTransforms MakeTileTransforms() {
  return TileTransforms{&Input<V, M, true>,        &Input<V, M, false>,       &InputAdjoint<V, M>, &Output<V, M, true>,
                        &Output<V, M, false>,      &OutputAdjoint<V, M>,      &InputImages<V, M>,  &OutputImages<V, M>,
                        &InputAdjointImages<V, M>, &OutputAdjointImages<V, M>};
}

}  // namespace winnow::kernels::lanes

#endif  // KERNELS_TRANSFORMS_TILE_TRANSFORMS_INL_H_
