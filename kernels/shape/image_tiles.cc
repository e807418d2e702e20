#include "kernels/shape/image_tiles.h"

#include <algorithm>
#include <cassert>

namespace winnow::kernels {

void MakeImageTiles(const ImagePlanes& planes, int64_t first, int64_t count, ImageTiles& tiles) {
  assert(count >= 1 && count <= kMaxBlockVectors);
  tiles.run_count = 0;
  const int64_t per_block = planes.tiles_high * planes.tiles_wide;
  for (int64_t done = 0; done < count;) {
    const int64_t tile = first + done;
    const int64_t column = tile % planes.tiles_wide;
    ImageTileRun& run = tiles.runs[tiles.run_count++];
    run.first = static_cast<int32_t>(done);
    run.count = static_cast<int32_t>(std::min(planes.tiles_wide - column, count - done));
    run.y = static_cast<int32_t>(tile % per_block / planes.tiles_wide * planes.m - planes.padding);
    run.x = static_cast<int32_t>(column * planes.m - planes.padding);
    run.offset = tile / per_block * planes.block_stride;
    done += run.count;
  }
}

}  // namespace winnow::kernels
