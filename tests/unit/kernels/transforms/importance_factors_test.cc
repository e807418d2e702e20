#include "kernels/transforms/importance_factors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace winnow::kernels {
namespace {

// F_ij by its definition: every coefficient with which Q_ij I_kl enters O_xy, squared and summed.
double BruteForce(const WinogradMatrices& a, int i, int j) {
  double sum = 0;
  for (int x = 0; x < a.m; ++x) {
    for (int y = 0; y < a.m; ++y) {
      for (int k = 0; k < a.alpha; ++k) {
        for (int l = 0; l < a.alpha; ++l) {
          const double h =
              a.at[x * a.alpha + i] * a.at[y * a.alpha + j] * a.bt[i * a.alpha + k] * a.bt[j * a.alpha + l];
          sum += h * h;
        }
      }
    }
  }
  return std::sqrt(sum);
}

TEST(ImportanceFactors, ClosedFormIsTheDefinition) {
  for (WinogradVariant variant : kAllVariants) {
    const WinogradMatrices& matrices = MatricesOf(variant);
    const std::vector<double> factors = ImportanceFactors(variant);
    for (int i = 0; i < matrices.alpha; ++i) {
      for (int j = 0; j < matrices.alpha; ++j) {
        const double expected = BruteForce(matrices, i, j);
        EXPECT_NEAR(factors[i * matrices.alpha + j], expected, expected * 1e-13) << i << "," << j;
      }
    }
  }
}

TEST(ImportanceFactors, AreThoseThatWerePublished) {
  const std::vector<double> f2 = NormalizedImportanceFactors(WinogradVariant::kF2K3);
  EXPECT_NEAR(f2[0], 1, 1e-12);
  EXPECT_NEAR(f2[1], 1.4142, 1e-4);
  EXPECT_NEAR(f2[5], 2, 1e-12);
  const std::vector<double> f4 = NormalizedImportanceFactors(WinogradVariant::kF4K3);
  EXPECT_NEAR(f4[0], 1, 1e-12);
  EXPECT_NEAR(f4[1], 1.7995, 1e-4);
  EXPECT_NEAR(f4[3], 4.4987, 1e-4);
  EXPECT_NEAR(f4[6 + 1], 3.2381, 1e-4);
  EXPECT_NEAR(f4[6 + 3], 8.0952, 1e-4);
  EXPECT_NEAR(f4[3 * 6 + 3], 20.2381, 1e-4);
  EXPECT_NEAR(ImportanceFactors(WinogradVariant::kF4K3)[3 * 6 + 3], 850, 1e-10);
}

}  // namespace
}  // namespace winnow::kernels
