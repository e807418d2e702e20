#include "worker/pruning/gradient_divisors.h"

#include <cmath>

#include "kernels/transforms/importance_factors.h"
#include "worker/pruning/tile_size.h"

namespace winnow::worker {

std::vector<float> GradientDivisors(int tile_size, double exponent) {
  std::vector<float> divisors;
  for (const double factor : kernels::NormalizedImportanceFactors(VariantOf(tile_size))) {
    divisors.push_back(static_cast<float>(std::pow(factor, exponent)));
  }
  return divisors;
}

}  // namespace winnow::worker
