// The transforms of one block of tiles, one set of functions per ISA and variant.
//
// Internal to kernels: BatchedTransforms and ConvPlan are what others use.
#ifndef KERNELS_TRANSFORMS_TILE_TRANSFORMS_H_
#define KERNELS_TRANSFORMS_TILE_TRANSFORMS_H_

#include <cstdint>

#include "kernels/isa/isa.h"
#include "kernels/shape/image_tiles.h"
#include "kernels/shape/tile_block.h"
#include "kernels/transforms/winograd_variant.h"

namespace winnow::kernels {

// Images, from the first of the channels to transform; TileChunk::offset is relative to base.
struct ImageView {
  float* base = nullptr;
  int64_t channel_stride = 0;
  int64_t row_stride = 0;
};

// Images innermost, 16 to a block, from the first of the channels to transform.
struct ImageBlockView {
  float* base = nullptr;
  int64_t channel_stride = 0;
  int64_t height = 0;
  int64_t width = 0;
  const float* zeros = nullptr;  // of inputs: a row of zero pixels, [width][16]
};

// V or M, from the block's first tile and the first of the channels to transform.
struct PositionView {
  float* base = nullptr;
  int64_t position_stride = 0;
  int64_t channel_stride = 0;
};

// What the output transform does with pixels: max(0, pixel + bias + residual), each part where asked for.
struct Epilogue {
  const float* bias = nullptr;      // of the first channel to transform; null for none
  const float* residual = nullptr;  // laid out as the output and from the same channel; null for none
  bool relu = false;
  bool stream = false;  // stores past the caches, where a whole aligned line is written
};

// Tiles stand in V and M either in ascending order, or in *lane order*: within every vector as the shuffles of
// the input transform leave them, which those of the output transform undo. Lane order writes whole vectors: the
// channel's row needs room for block.vectors vectors, and lanes past the last tile hold garbage.
//
// Pointers marked "in" are only read.
struct TileTransforms {
  using InputFn = void (*)(const TileBlock& block, int64_t channels, ImageView in, PositionView out);
  using OutputFn = void (*)(const TileBlock& block, int64_t channels, PositionView in, ImageView out,
                            Epilogue epilogue);
  using ImageInputFn = void (*)(const ImageTiles& tiles, int64_t channels, ImageBlockView in, PositionView out);
  using ImageOutputFn = void (*)(const ImageTiles& tiles, int64_t channels, PositionView in, ImageBlockView out,
                                 Epilogue epilogue);
  using ImageInputAdjointFn = void (*)(const ImageTiles& tiles, int64_t channels, PositionView in, ImageBlockView out,
                                       int64_t padding);
  using InputAdjointFn = void (*)(const TileBlock& block, int64_t channels, PositionView in, ImageView out);

  InputFn input;  // block by MakeInputBlock()
  InputFn input_lane_order;
  InputAdjointFn input_adjoint;  // block by MakeInputBlock(); adds to `out`
  OutputFn output;               // block by MakeOutputBlock()
  OutputFn output_lane_order;
  InputFn output_adjoint;  // block by MakeOutputBlock()

  ImageInputFn input_images;    // tiles of input planes
  ImageOutputFn output_images;  // tiles of output planes; to stream, the output is aligned to 64 bytes

  // Tiles of input planes with that padding. All tiles of a block of images have to come, in ascending order: what no
  // tile before has touched is overwritten, the rest added to.
  ImageInputAdjointFn input_adjoint_images;
  ImageInputFn output_adjoint_images;  // tiles of output planes
};

const TileTransforms& TileTransformsOf(Isa isa, WinogradVariant variant);

namespace scalar {
extern const TileTransforms kTileTransforms[2];  // by variant
}
namespace avx2 {
extern const TileTransforms kTileTransforms[2];
}
namespace avx512 {
extern const TileTransforms kTileTransforms[2];
}

}  // namespace winnow::kernels

#endif  // KERNELS_TRANSFORMS_TILE_TRANSFORMS_H_
