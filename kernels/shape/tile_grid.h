// The cover of a batch of output images by m x m tiles.
#ifndef KERNELS_SHAPE_TILE_GRID_H_
#define KERNELS_SHAPE_TILE_GRID_H_

#include <cstdint>

#include "kernels/shape/conv_shape.h"

namespace winnow::kernels {

// Tiles are numbered image by image, in each by rows: tile = (image * high + row) * wide + column. The last row and
// column may hang over the image; what hangs over is zero on the way in and cropped on the way out.
struct TileGrid {
  int64_t batch = 0;
  int64_t high = 0;  // tiles in a column of one image
  int64_t wide = 0;  // tiles in a row of one image

  int64_t PerImage() const { return high * wide; }
  int64_t Total() const { return batch * high * wide; }
};

inline TileGrid MakeTileGrid(const ConvShape& shape, int m) {
  return TileGrid{shape.batch, (shape.OutHeight() + m - 1) / m, (shape.OutWidth() + m - 1) / m};
}

}  // namespace winnow::kernels

#endif  // KERNELS_SHAPE_TILE_GRID_H_
