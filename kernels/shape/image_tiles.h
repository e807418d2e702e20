// Where the tiles of a block lie when images are innermost (layout/blocked_layout.h): a tile is then one line of 16
// images a pixel, and a block a few tiles, cut into runs of neighbours in one tile row.
#ifndef KERNELS_SHAPE_IMAGE_TILES_H_
#define KERNELS_SHAPE_IMAGE_TILES_H_

#include <cstdint>

#include "kernels/shape/tile_block.h"

namespace winnow::kernels {

struct ImageTileRun {
  int32_t first = 0;  // tile of the block
  int32_t count = 0;
  int32_t y = 0;  // first row and column of the first tile; negative in the padding
  int32_t x = 0;
  int64_t offset = 0;  // floats from the first block of images to this one, channel 0
};

struct ImageTiles {
  int32_t run_count = 0;
  ImageTileRun runs[kMaxBlockVectors];
};

// What the planes of one channel look like.
struct ImagePlanes {
  int m = 0;  // outputs of a tile in one direction
  int64_t tiles_high = 0;
  int64_t tiles_wide = 0;
  int64_t height = 0;
  int64_t width = 0;
  int64_t padding = 0;       // zero for outputs
  int64_t block_stride = 0;  // floats between blocks of images
};

// The tiles [first, first + count), numbered block of images by block, in each by rows; count <= kMaxBlockVectors.
void MakeImageTiles(const ImagePlanes& planes, int64_t first, int64_t count, ImageTiles& tiles);

}  // namespace winnow::kernels

#endif  // KERNELS_SHAPE_IMAGE_TILES_H_
