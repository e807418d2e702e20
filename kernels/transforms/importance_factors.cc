#include "kernels/transforms/importance_factors.h"

#include <algorithm>
#include <cmath>

namespace winnow::kernels {

std::vector<double> ImportanceFactors(WinogradVariant variant) {
  const WinogradMatrices& matrices = MatricesOf(variant);
  const int alpha = matrices.alpha;
  std::vector<double> squares(alpha);
  for (int i = 0; i < alpha; ++i) {
    double column = 0;
    for (int x = 0; x < matrices.m; ++x) column += matrices.at[x * alpha + i] * matrices.at[x * alpha + i];
    double row = 0;
    for (int k = 0; k < alpha; ++k) row += matrices.bt[i * alpha + k] * matrices.bt[i * alpha + k];
    squares[i] = column * row;
  }
  std::vector<double> factors(alpha * alpha);
  for (int i = 0; i < alpha; ++i) {
    for (int j = 0; j < alpha; ++j) factors[i * alpha + j] = std::sqrt(squares[i] * squares[j]);
  }
  return factors;
}

std::vector<double> NormalizedImportanceFactors(WinogradVariant variant) {
  std::vector<double> factors = ImportanceFactors(variant);
  const double smallest = *std::min_element(factors.begin(), factors.end());
  for (double& factor : factors) factor /= smallest;
  return factors;
}

}  // namespace winnow::kernels
