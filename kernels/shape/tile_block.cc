#include "kernels/shape/tile_block.h"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace winnow::kernels {
namespace {

// Bits [begin, end) of a mask of `lanes` bits, for any begin and end.
uint16_t Bits(int64_t begin, int64_t end, int lanes) {
  begin = std::clamp<int64_t>(begin, 0, lanes);
  end = std::clamp<int64_t>(end, begin, lanes);
  return static_cast<uint16_t>((uint32_t{1} << end) - (uint32_t{1} << begin));
}

// Neighbouring tiles of one tile row.
struct Run {
  int64_t first_in_block;
  int64_t length;
  int64_t image_offset;
  int64_t y;  // of the first row and column; negative in the padding
  int64_t x;
};

void AddRun(const PlaneGeometry& geometry, const Run& run, int rows, int halo_columns, TileBlock& block) {
  const int lanes = geometry.lanes;
  const int64_t owned = run.length * geometry.m;
  const int64_t columns = owned + halo_columns;
  const uint16_t all = Bits(0, lanes, lanes);
  uint8_t row_mask = 0;
  for (int r = 0; r < rows; ++r) {
    if (run.y + r >= 0 && run.y + r < geometry.height) row_mask = static_cast<uint8_t>(row_mask | 1 << r);
  }
  for (int64_t column = 0; column < columns; column += lanes) {
    const int64_t x = run.x + column;
    assert(block.chunk_count < kMaxChunks);
    TileChunk& chunk = block.chunks[block.chunk_count++];
    chunk.offset = run.image_offset + run.y * geometry.width + x;
    chunk.stage_column = static_cast<int32_t>(run.first_in_block * geometry.m + column);
    chunk.columns = Bits(-x, geometry.width - x, lanes) & Bits(0, columns - column, lanes);
    chunk.own = Bits(0, owned - column, lanes);
    chunk.halo = Bits(geometry.m - column, columns - column, lanes);
    chunk.tail = Bits(owned - column, columns - column, lanes);
    chunk.rows = row_mask;
    chunk.is_interior = chunk.columns == all && row_mask == (1 << rows) - 1;
  }
}

void MakeBlock(const PlaneGeometry& geometry, int64_t first, int64_t count, int rows, int halo_columns,
               TileBlock& block) {
  assert(count >= 1 && count <= int64_t{kMaxBlockVectors} * geometry.lanes);
  block.tiles = static_cast<int32_t>(count);
  block.vectors = static_cast<int32_t>((count + geometry.lanes - 1) / geometry.lanes);
  block.chunk_count = 0;
  std::fill(std::begin(block.tail_columns), std::end(block.tail_columns), uint16_t{0});
  const int64_t per_image = geometry.tiles_high * geometry.tiles_wide;
  for (int64_t done = 0; done < count;) {
    const int64_t tile = first + done;
    const int64_t column = tile % geometry.tiles_wide;
    Run run;
    run.first_in_block = done;
    run.length = std::min(geometry.tiles_wide - column, count - done);
    run.image_offset = tile / per_image * geometry.image_stride;
    run.y = tile % per_image / geometry.tiles_wide * geometry.m - geometry.padding;
    run.x = column * geometry.m - geometry.padding;
    AddRun(geometry, run, rows, halo_columns, block);
    done += run.length;
    // The halo of the run's last tile comes from the tail.
    const int64_t last = (done - 1) * geometry.m;
    for (int64_t c = last; c < last + halo_columns; ++c) {
      block.tail_columns[c / geometry.lanes] |= static_cast<uint16_t>(1 << (c % geometry.lanes));
    }
  }
}

}  // namespace

void MakeInputBlock(const PlaneGeometry& geometry, int64_t first, int64_t count, TileBlock& block) {
  MakeBlock(geometry, first, count, geometry.m + 2, 2, block);
}

void MakeOutputBlock(const PlaneGeometry& geometry, int64_t first, int64_t count, TileBlock& block) {
  MakeBlock(geometry, first, count, geometry.m, 0, block);
}

}  // namespace winnow::kernels
