#include "kernels/isa/vec_avx2.h"
#include "kernels/train/gradient_products_inl.h"

namespace winnow::kernels::avx2 {

constexpr GradientProducts kGradientProducts = lanes::MakeGradientProducts<Vec>();

}  // namespace winnow::kernels::avx2
