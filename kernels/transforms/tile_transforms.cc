#include "kernels/transforms/tile_transforms.h"

namespace winnow::kernels {

const TileTransforms& TileTransformsOf(Isa isa, WinogradVariant variant) {
  const int index = variant == WinogradVariant::kF2K3 ? 0 : 1;
#if defined(__x86_64__)
  if (isa == Isa::kAvx512) return avx512::kTileTransforms[index];
  if (isa == Isa::kAvx2) return avx2::kTileTransforms[index];
#endif
  return scalar::kTileTransforms[index];
}

}  // namespace winnow::kernels
