#include "kernels/isa/vec_avx512.h"
#include "kernels/train/gradient_products_inl.h"

namespace winnow::kernels::avx512 {

constexpr GradientProducts kGradientProducts = lanes::MakeGradientProducts<Vec>();

}  // namespace winnow::kernels::avx512
