#include "kernels/isa/vec_scalar.h"
#include "kernels/transforms/tile_transforms_inl.h"

namespace winnow::kernels::scalar {

constexpr TileTransforms kTileTransforms[2] = {lanes::MakeTileTransforms<Vec, 2>(),
                                               lanes::MakeTileTransforms<Vec, 4>()};

}  // namespace winnow::kernels::scalar
