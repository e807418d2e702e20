#include "kernels/plan/blocking.h"

#include <algorithm>

#include "kernels/dense/dense_multiply.h"
#include "kernels/shape/tile_block.h"
#include "kernels/shape/tile_grid.h"

namespace winnow::kernels {
namespace {

// Measured on a Zen 4 core (kernels/bench/RESULTS.md).
constexpr double kDenseFromDensity = 0.78;
constexpr int64_t kPanelBytes = 32 * 1024;
constexpr int64_t kMaxPanelIndex = 0xffff;  // u16, in units of 8 bytes

int PreferredVectors(Isa isa, MultiplyKind multiply) {
  if (multiply == MultiplyKind::kDense) return isa == Isa::kAvx512 ? 4 : 2;
  return isa == Isa::kAvx512 ? 4 : 8;
}

}  // namespace

MultiplyKind ChooseMultiply(double density) {
  return density > kDenseFromDensity ? MultiplyKind::kDense : MultiplyKind::kSparse;
}

Blocking ChooseBlocking(const ConvShape& shape, WinogradVariant variant, Isa isa, MultiplyKind multiply, int threads) {
  const int64_t lanes = IsaLanes(isa);
  const int64_t tiles = MakeTileGrid(shape, TileOutputs(variant)).Total();
  Blocking blocking;
  blocking.vector_count = (tiles + lanes - 1) / lanes;
  const int64_t preferred = PreferredVectors(isa, multiply);
  int64_t blocks = (blocking.vector_count + preferred - 1) / preferred;
  blocking.split_tiles = blocks >= threads;
  if (blocking.split_tiles) {
    // The same number of blocks for every thread.
    blocks = std::min(blocking.vector_count, (blocks + threads - 1) / threads * threads);
  }
  blocking.block_count = blocks;
  blocking.vectors = static_cast<int>((blocking.vector_count + blocks - 1) / blocks);
  const int64_t channel_bytes = blocking.vectors * lanes * static_cast<int64_t>(sizeof(float));
  const int64_t fit = std::min(kPanelBytes / channel_bytes, kMaxPanelIndex / (channel_bytes / 8));
  const int64_t panels = (shape.in_channels + fit - 1) / fit;
  blocking.channel_block = (shape.in_channels + panels - 1) / panels;
  return blocking;
}

}  // namespace winnow::kernels
