#include "kernels/plan/choices.h"

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

}  // namespace

WinogradVariant ChooseVariant(const ConvShape& shape, double density, Isa isa) {
  const double f2 = LayerCycles(shape, WinogradVariant::kF2K3, density, isa);
  const double f4 = LayerCycles(shape, WinogradVariant::kF4K3, density, isa);
  return f2 < f4 ? WinogradVariant::kF2K3 : WinogradVariant::kF4K3;
}

TensorLayout ChooseLayout(const ConvShape& shape) {
  // A quarter of the lanes empty is what shuffles and masks cost.
  const int64_t lanes = (shape.batch + kImageBlock - 1) / kImageBlock * kImageBlock;
  return 4 * shape.batch >= 3 * lanes ? TensorLayout::kBlocked16 : TensorLayout::kNchw;
}

}  // namespace winnow::kernels
