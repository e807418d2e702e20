#include "kernels/plan/blocking.h"

#include <algorithm>

#include "kernels/dense/dense_multiply.h"
#include "kernels/shape/tile_block.h"
#include "kernels/shape/tile_grid.h"

namespace winnow::kernels {
namespace {

// Measured on a Zen 4 core (kernels/bench/RESULTS.md).
constexpr double kDenseFromDensity = 0.78;
constexpr double kDenseFromDensityOfOneVector = 0.6;  // a coefficient then serves one multiply-add, no more
constexpr double kDenseFromDensityOfGroups = 0.85;    // rows that serve several output channels
constexpr int64_t kGroupedRowChannels = 4;
constexpr int64_t kPanelBytes = 32 * 1024;
constexpr int64_t kMaxPanelIndex = 0xffff;  // u16, in units of 8 bytes

// Filters this thin and deep leave so few coefficients a row of a panel that carrying M from panel to panel costs more
// than wider blocks save: fewer vectors, so that a panel holds more channels.
constexpr double kThinDensity = 0.15;
constexpr int64_t kDeepChannels = 512;

int PreferredVectors(Isa isa, MultiplyKind multiply, int64_t in_channels, double density) {
  if (multiply == MultiplyKind::kDense) return isa == Isa::kAvx512 ? 4 : 2;
  const int preferred = isa == Isa::kAvx512 ? 4 : 8;
  return density < kThinDensity && in_channels >= kDeepChannels ? preferred / 2 : preferred;
}

int64_t VectorCount(const ConvPlanOptions& options, Isa isa) {
  const int64_t lanes = IsaLanes(isa);
  const TileGrid grid = MakeTileGrid(options.shape, TileOutputs(options.variant));
  if (options.layout == TensorLayout::kNchw) return (grid.Total() + lanes - 1) / lanes;
  const int64_t image_blocks = (options.shape.batch + kImageBlock - 1) / kImageBlock;
  return image_blocks * grid.PerImage() * (kImageBlock / lanes);
}

}  // namespace

MultiplyKind ChooseMultiply(const ConvPlanOptions& options, Isa isa, double density, int64_t row_channels) {
  const double dense_from = row_channels >= kGroupedRowChannels ? kDenseFromDensityOfGroups
                            : VectorCount(options, isa) == 1    ? kDenseFromDensityOfOneVector
                                                                : kDenseFromDensity;
  return density > dense_from ? MultiplyKind::kDense : MultiplyKind::kSparse;
}

Blocking ChooseBlocking(const ConvPlanOptions& options, Isa isa, MultiplyKind multiply, double density) {
  const int64_t lanes = IsaLanes(isa);
  Blocking blocking;
  if (options.layout == TensorLayout::kBlocked16) blocking.unit = static_cast<int>(kImageBlock / lanes);
  blocking.vector_count = VectorCount(options, isa);
  const int64_t units = blocking.vector_count / blocking.unit;
  const int64_t preferred =
      std::max(1, PreferredVectors(isa, multiply, options.shape.in_channels, density) / blocking.unit);
  int64_t blocks = (units + preferred - 1) / preferred;
  blocking.split_tiles = blocks >= options.threads;
  if (blocking.split_tiles) {
    // The same number of blocks for every thread.
    blocks = std::min(units, (blocks + options.threads - 1) / options.threads * options.threads);
  }
  blocking.block_count = blocks;
  blocking.vectors = static_cast<int>((units + blocks - 1) / blocks) * blocking.unit;
  const int64_t channel_bytes = blocking.vectors * lanes * static_cast<int64_t>(sizeof(float));
  const int64_t fit = std::min(kPanelBytes / channel_bytes, kMaxPanelIndex / (channel_bytes / 8));
  const int64_t panels = (options.shape.in_channels + fit - 1) / fit;
  blocking.channel_block = (options.shape.in_channels + panels - 1) / panels;
  return blocking;
}

}  // namespace winnow::kernels
