#include "kernels/isa/vec_avx2.h"
#include "kernels/transforms/tile_transforms_inl.h"

namespace winnow::kernels::avx2 {

constexpr TileTransforms kTileTransforms[2] = {lanes::MakeTileTransforms<Vec, 2>(),
                                               lanes::MakeTileTransforms<Vec, 4>()};

}  // namespace winnow::kernels::avx2
