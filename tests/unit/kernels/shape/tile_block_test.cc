#include "kernels/shape/tile_block.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace winnow::kernels {
namespace {

// Fills a stage from an image as the vertical pass does with the identity for a transform, and checks that every tile
// finds its pixels there.
void CheckInputBlock(const PlaneGeometry& g, int64_t batch, int64_t first, int64_t count) {
  SCOPED_TRACE(testing::Message() << "m " << g.m << " lanes " << g.lanes << " h " << g.height << " w " << g.width
                                  << " pad " << g.padding << " first " << first << " count " << count);
  const int alpha = g.m + 2;
  TileBlock block;
  MakeInputBlock(g, first, count, block);
  ASSERT_EQ(block.tiles, count);
  ASSERT_LE(block.chunk_count, kMaxChunks);
  const auto pixel = [&](int64_t n, int64_t y, int64_t x) -> int64_t {
    const bool inside = y >= 0 && y < g.height && x >= 0 && x < g.width;
    return inside ? 1 + n * g.image_stride + y * g.width + x : 0;
  };
  const int64_t columns = int64_t{kMaxBlockVectors} * g.lanes * g.m + 2 * g.lanes;
  std::vector<std::vector<int64_t>> stage(alpha, std::vector<int64_t>(columns, -1));
  std::vector<std::vector<int64_t>> tail(alpha, std::vector<int64_t>(columns, -1));
  for (int i = 0; i < block.chunk_count; ++i) {
    const TileChunk& chunk = block.chunks[i];
    for (int r = 0; r < alpha; ++r) {
      for (int l = 0; l < g.lanes; ++l) {
        const int64_t offset = chunk.offset + r * g.width + l;
        const bool read = (chunk.rows >> r & 1) && (chunk.columns >> l & 1);
        if (read) {
          ASSERT_GE(offset, 0);
          ASSERT_LT(offset, batch * g.image_stride);
        }
        const int64_t value = read ? offset + 1 : 0;
        stage[r][chunk.stage_column + l] = value;
        if (chunk.tail >> l & 1) tail[r][chunk.stage_column + l - g.m] = value;
      }
    }
    EXPECT_EQ(chunk.is_interior != 0, chunk.rows == (1 << alpha) - 1 && chunk.columns == (1 << g.lanes) - 1);
  }
  for (int64_t t = 0; t < count; ++t) {
    const int64_t tile = first + t;
    const int64_t n = tile / (g.tiles_high * g.tiles_wide);
    const int64_t y = tile / g.tiles_wide % g.tiles_high * g.m - g.padding;
    const int64_t x = tile % g.tiles_wide * g.m - g.padding;
    for (int r = 0; r < alpha; ++r) {
      for (int c = 0; c < alpha; ++c) {
        const int64_t column = t * g.m + c;
        const int64_t halo = column - g.m;
        const bool from_tail = c >= g.m && (block.tail_columns[halo / g.lanes] >> halo % g.lanes & 1);
        EXPECT_EQ(from_tail ? tail[r][halo] : stage[r][column], pixel(n, y + r, x + c))
            << "tile " << t << " row " << r << " column " << c;
      }
    }
  }
}

TEST(TileBlock, EveryTileFindsItsPixels) {
  for (int m : {2, 4}) {
    for (int lanes : {4, 8, 16}) {
      for (int64_t width : {1, 3, 4, 5, 8, 13, 37}) {
        for (int64_t padding : {0, 1, 2}) {
          const int64_t height = 5;
          const int64_t out_width = width + 2 * padding - 2;
          if (out_width < 1) continue;
          PlaneGeometry g;
          g.m = m;
          g.lanes = lanes;
          g.height = height;
          g.width = width;
          g.padding = padding;
          g.tiles_high = (height + 2 * padding - 2 + m - 1) / m;
          g.tiles_wide = (out_width + m - 1) / m;
          g.image_stride = 2 * height * width;
          const int64_t batch = 3;
          const int64_t total = batch * g.tiles_high * g.tiles_wide;
          const int64_t most = int64_t{kMaxBlockVectors} * lanes;
          for (int64_t first : {int64_t{0}, total / 2, total - 1}) {
            CheckInputBlock(g, batch, first, std::min(most, total - first));
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace winnow::kernels
