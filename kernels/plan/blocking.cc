#include "kernels/plan/blocking.h"

#include <algorithm>
#include <string>

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

// Filters this thin and deep leave so few coefficients a row of a panel that carrying M from panel to panel costs more
// than wider blocks save: fewer vectors, so that a panel holds more channels.
constexpr double kThinDensity = 0.15;
constexpr int64_t kDeepChannels = 512;

int PreferredVectors(Isa isa, MultiplyKind multiply, int64_t in_channels, double density) {
  if (multiply == MultiplyKind::kDense) return isa == Isa::kAvx512 ? 4 : 2;
  const int preferred = isa == Isa::kAvx512 ? 4 : 8;
  return density < kThinDensity && in_channels >= kDeepChannels ? preferred / 2 : preferred;
}

// Vectors that are never parted.
int UnitOf(const ConvPlanOptions& options, Isa isa) {
  return options.layout == TensorLayout::kBlocked16 ? static_cast<int>(kImageBlock / IsaLanes(isa)) : 1;
}

int MaxVectors(MultiplyKind multiply) { return multiply == MultiplyKind::kDense ? kMaxDenseVectors : kMaxBlockVectors; }

int64_t ChannelBytes(Isa isa, int vectors) { return vectors * IsaLanes(isa) * static_cast<int64_t>(sizeof(float)); }

}  // namespace

int64_t VectorCount(const ConvPlanOptions& options, Isa isa) {
  const int64_t lanes = IsaLanes(isa);
  const TileGrid grid = MakeTileGrid(options.shape, TileOutputs(options.variant));
  if (options.layout == TensorLayout::kNchw) return (grid.Total() + lanes - 1) / lanes;
  const int64_t image_blocks = (options.shape.batch + kImageBlock - 1) / kImageBlock;
  return image_blocks * grid.PerImage() * (kImageBlock / lanes);
}

MultiplyKind ChooseMultiply(const ConvPlanOptions& options, Isa isa, double density, int64_t row_channels) {
  const double dense_from = row_channels >= kGroupedRowChannels ? kDenseFromDensityOfGroups
                            : VectorCount(options, isa) == 1    ? kDenseFromDensityOfOneVector
                                                                : kDenseFromDensity;
  return density > dense_from ? MultiplyKind::kDense : MultiplyKind::kSparse;
}

Tuning ChooseTuning(const ConvPlanOptions& options, Isa isa, MultiplyKind multiply, double density) {
  Tuning tuning = options.tuning;
  if (!tuning.vectors) {
    const int unit = UnitOf(options, isa);
    const int preferred = PreferredVectors(isa, multiply, options.shape.in_channels, density);
    tuning.vectors = std::max(1, preferred / unit) * unit;
  }
  if (multiply == MultiplyKind::kSparse && !tuning.panel_bytes) tuning.panel_bytes = kPanelBytes;
  return tuning;
}

Status CheckTuning(const ConvPlanOptions& options, Isa isa, MultiplyKind multiply) {
  const auto refuse = [&](const std::string& member, int64_t value, const std::string& remedy) {
    return InvalidArgument("convolution plan: tuning." + member + " is " + std::to_string(value) + "; a " +
                           std::string(MultiplyKindName(multiply)) + " plan for " + std::string(IsaName(isa)) + " " +
                           std::string(TensorLayoutName(options.layout)) + " takes " + remedy);
  };
  const int unit = UnitOf(options, isa), most = MaxVectors(multiply);
  const std::optional<int> vectors = options.tuning.vectors;
  if (vectors && (*vectors < 1 || *vectors > most || *vectors % unit != 0)) {
    return refuse("vectors", *vectors, "multiples of " + std::to_string(unit) + " up to " + std::to_string(most));
  }
  const std::optional<int64_t> panel = options.tuning.panel_bytes;
  if (!panel) return OkStatus();
  if (multiply == MultiplyKind::kDense) return refuse("panel_bytes", *panel, "none: only sparse plans have panels");
  const int64_t least = ChannelBytes(isa, vectors.value_or(most));
  if (*panel < least || *panel > kMaxPanelBytes) {
    return refuse("panel_bytes", *panel, std::to_string(least) + " to " + std::to_string(kMaxPanelBytes));
  }
  return OkStatus();
}

Blocking ChooseBlocking(const ConvPlanOptions& options, Isa isa, MultiplyKind multiply, double density) {
  const Tuning tuning = ChooseTuning(options, isa, multiply, density);
  Blocking blocking;
  blocking.unit = UnitOf(options, isa);
  blocking.vector_count = VectorCount(options, isa);
  const int64_t units = blocking.vector_count / blocking.unit;
  const int64_t most = *tuning.vectors / blocking.unit;
  int64_t blocks = (units + most - 1) / most;
  blocking.split_tiles = blocks >= options.threads;
  if (blocking.split_tiles) {
    // The same number of blocks for every thread.
    blocks = std::min(units, (blocks + options.threads - 1) / options.threads * options.threads);
  }
  blocking.block_count = blocks;
  blocking.vectors = static_cast<int>((units + blocks - 1) / blocks) * blocking.unit;
  blocking.channel_block = options.shape.in_channels;
  if (multiply == MultiplyKind::kDense) return blocking;
  const int64_t fit = *tuning.panel_bytes / ChannelBytes(isa, blocking.vectors);
  const int64_t panels = (options.shape.in_channels + fit - 1) / fit;
  blocking.channel_block = (options.shape.in_channels + panels - 1) / panels;
  return blocking;
}

}  // namespace winnow::kernels
