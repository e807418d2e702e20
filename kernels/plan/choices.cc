#include "kernels/plan/choices.h"

#include "kernels/direct/direct_layer.h"
#include "kernels/plan/blocking.h"
#include "kernels/shape/tile_grid.h"

namespace winnow::kernels {
namespace {

// Cycles of one vector of tiles and one channel in the two transforms together, about.
double TransformCycles(WinogradVariant variant) { return variant == WinogradVariant::kF2K3 ? 100 : 240; }

double LayerCycles(const ConvShape& shape, WinogradVariant variant, double density, Isa isa) {
  const int64_t lanes = IsaLanes(isa);
  const int64_t vectors = (MakeTileGrid(shape, TileOutputs(variant)).Total() + lanes - 1) / lanes;
  const double coefficients =
      density * Positions(variant) * static_cast<double>(shape.in_channels * shape.out_channels);
  const double channels = 0.5 * static_cast<double>(shape.in_channels + shape.out_channels);
  return static_cast<double>(vectors) * (coefficients + channels * TransformCycles(variant));
}

// What one vector of tiles costs, in multiply-adds of a vector: for an input channel, an output channel, and a row of M
// at one position. Fitted to the layers D of kernels/bench/layer_bench.cc (kernels/bench/RESULTS.md).
struct WinogradCosts {
  double in, out, row;
};
WinogradCosts CostsOf(WinogradVariant variant, TensorLayout layout) {
  WinogradCosts costs = variant == WinogradVariant::kF2K3 ? WinogradCosts{110, 37, 4} : WinogradCosts{330, 160, 3};
  if (layout == TensorLayout::kBlocked16) {
    costs.in *= 0.6;
    costs.out *= 0.6;
  }
  return costs;
}
constexpr double kSparseCoefficient = 1.2;  // one that is multiplied alone, with its index

// Likewise of direct convolution, of one vector of pixels.
constexpr double kDirectIn = 6, kDirectOut = 5, kDirectVector = 40;

double WinogradCost(const ConvPlanOptions& options, Isa isa, double density) {
  const auto in = static_cast<double>(options.shape.in_channels), out = static_cast<double>(options.shape.out_channels);
  const WinogradCosts costs = CostsOf(options.variant, options.layout);
  const bool is_sparse = ChooseMultiply(options, isa, density) == MultiplyKind::kSparse;
  const double positions = Positions(options.variant);
  const double coefficients = positions * in * out * (is_sparse ? kSparseCoefficient * density : 1.0);
  return static_cast<double>(VectorCount(options, isa)) *
         (coefficients + costs.in * in + (costs.out + costs.row * positions) * out);
}

double DirectCost(const ConvPlanOptions& options, Isa isa) {
  const int64_t block = DirectKernelOf(isa).row_block;
  const auto in = static_cast<double>(options.shape.in_channels);
  const auto out = static_cast<double>((options.shape.out_channels + block - 1) / block * block);
  const DirectCuts cuts = ChooseDirectCuts(options.shape, options.layout, isa, options.threads);
  return DirectVectors(options.shape, cuts, isa) * (9 * in * out + kDirectIn * in + kDirectOut * out + kDirectVector);
}

}  // namespace

WinogradVariant ChooseVariant(const ConvShape& shape, double density, Isa isa) {
  const double f2 = LayerCycles(shape, WinogradVariant::kF2K3, density, isa);
  const double f4 = LayerCycles(shape, WinogradVariant::kF4K3, density, isa);
  return f2 < f4 ? WinogradVariant::kF2K3 : WinogradVariant::kF4K3;
}

bool DirectIsFaster(const ConvPlanOptions& options, Isa isa, double density) {
  return DirectCost(options, isa) < WinogradCost(options, isa, density);
}

TensorLayout ChooseLayout(const ConvShape& shape) {
  // A quarter of the lanes empty is what shuffles and masks cost.
  const int64_t lanes = (shape.batch + kImageBlock - 1) / kImageBlock * kImageBlock;
  return 4 * shape.batch >= 3 * lanes ? TensorLayout::kBlocked16 : TensorLayout::kNchw;
}

}  // namespace winnow::kernels
