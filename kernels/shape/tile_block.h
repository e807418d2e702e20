// Where the pixels of a block of consecutive tiles lie, cut into vectors.
//
// The transforms work in two passes over a small buffer, the stage, which has alpha rows and for tile t of the block
// the columns [m * t, m * t + m). The vertical pass walks image columns, so it needs no shuffles and works on *chunks*:
// up to `lanes` neighbouring columns of one tile row. The horizontal pass walks tiles. Input tiles overlap by two
// columns; what a tile shares with its right neighbour is read from there, except in the last tile of a run, whose two
// halo columns have a place of their own in a second buffer of the same layout, the tail: tile t's at [m * t, m * t +
// 2).
#ifndef KERNELS_SHAPE_TILE_BLOCK_H_
#define KERNELS_SHAPE_TILE_BLOCK_H_

#include <cstdint>

namespace winnow::kernels {

// Of one block; a block never has more vectors of tiles than kMaxBlockVectors.
inline constexpr int kMaxLanes = 16;
inline constexpr int kMaxBlockVectors = 8;
inline constexpr int kMaxBlockTiles = kMaxLanes * kMaxBlockVectors;
inline constexpr int kMaxChunks = 2 * kMaxBlockTiles;

// `lanes` neighbouring columns of one tile row. Bit i of a mask is column i.
struct TileChunk {
  int64_t offset;        // of the first row and column, in floats from channel 0 of image 0; may lie outside the image
  int32_t stage_column;  // of the first column
  uint16_t columns;      // inside the image (and, for outputs, inside the run)
  uint16_t own;          // belong to a tile of the run rather than to the halo right of it
  uint16_t halo;         // are also a left neighbour's halo (from column m on)
  uint16_t tail;         // the run's last two columns, which no tile of the run owns
  uint8_t rows;          // bit r: row r lies inside the image
  uint8_t is_interior;   // every row and every column is inside
};

// The chunks of one block of tiles. Filled by MakeInputBlock() or MakeOutputBlock() for every block anew: that costs
// nothing beside the transforms, which use it once a channel.
struct TileBlock {
  int32_t tiles = 0;
  int32_t vectors = 0;  // ceil(tiles / lanes)
  int32_t chunk_count = 0;
  // For part p (lanes columns) of vector v of the stage, at [v * m + p]: the columns to take from the tail instead.
  uint16_t tail_columns[kMaxBlockVectors * 4] = {};
  TileChunk chunks[kMaxChunks];
};

// The image planes that a block is cut from.
struct PlaneGeometry {
  int m = 0;  // outputs of a tile in one direction
  int lanes = 0;
  int64_t tiles_high = 0;
  int64_t tiles_wide = 0;
  int64_t height = 0;  // of one plane
  int64_t width = 0;
  int64_t padding = 0;       // zero for outputs
  int64_t image_stride = 0;  // floats between images
};

// Block of the tiles [first, first + count), count <= kMaxBlockVectors * lanes.
void MakeInputBlock(const PlaneGeometry& geometry, int64_t first, int64_t count, TileBlock& block);
void MakeOutputBlock(const PlaneGeometry& geometry, int64_t first, int64_t count, TileBlock& block);

}  // namespace winnow::kernels

#endif  // KERNELS_SHAPE_TILE_BLOCK_H_
