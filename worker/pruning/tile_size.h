// From the tile sizes of a spec to the variants of the kernels.
#ifndef WORKER_PRUNING_TILE_SIZE_H_
#define WORKER_PRUNING_TILE_SIZE_H_

#include "kernels/transforms/winograd_variant.h"

namespace winnow::worker {

// `tile_size` is the m of F(m x m, 3 x 3), 2 or 4: specs and requests with another are refused before they get here.
constexpr kernels::WinogradVariant VariantOf(int tile_size) {
  return tile_size == 2 ? kernels::WinogradVariant::kF2K3 : kernels::WinogradVariant::kF4K3;
}

constexpr bool IsTileSize(int tile_size) { return tile_size == 2 || tile_size == 4; }

}  // namespace winnow::worker

#endif  // WORKER_PRUNING_TILE_SIZE_H_
