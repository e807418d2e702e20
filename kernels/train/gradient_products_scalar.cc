#include "kernels/isa/vec_scalar.h"
#include "kernels/train/gradient_products_inl.h"

namespace winnow::kernels::scalar {

constexpr GradientProducts kGradientProducts = lanes::MakeGradientProducts<Vec>();

}  // namespace winnow::kernels::scalar
