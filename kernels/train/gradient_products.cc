#include "kernels/train/gradient_products.h"

namespace winnow::kernels {
namespace {

const GradientProducts& ProductsOf(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::kAvx512) return avx512::kGradientProducts;
  if (isa == Isa::kAvx2) return avx2::kGradientProducts;
#endif
  return scalar::kGradientProducts;
}

}  // namespace

SampledProductFn SampledProductOf(Isa isa, int vectors) { return ProductsOf(isa).sampled[vectors - 1]; }

FullProductFn FullProductOf(Isa isa) { return ProductsOf(isa).full; }

}  // namespace winnow::kernels
