#include "kernels/transforms/winograd_variant.h"

#include <gtest/gtest.h>

namespace winnow::kernels {
namespace {

TEST(WinogradVariant, ParsesLongAndShortNames) {
  for (WinogradVariant variant : kAllVariants) {
    EXPECT_EQ(ParseVariant(VariantName(variant)).value(), variant);
  }
  EXPECT_EQ(ParseVariant("F2").value(), WinogradVariant::kF2K3);
  EXPECT_EQ(ParseVariant("F4").value(), WinogradVariant::kF4K3);
  EXPECT_EQ(VariantName(WinogradVariant::kF2K3), "F(2x2,3x3)");
  EXPECT_EQ(ParseVariant("F(6x6,3x3)").error().code(), StatusCode::kInvalidArgument);
}

TEST(WinogradVariant, SizesAgreeWithTheMatrices) {
  for (WinogradVariant variant : kAllVariants) {
    const WinogradMatrices& matrices = MatricesOf(variant);
    EXPECT_EQ(matrices.m, TileOutputs(variant));
    EXPECT_EQ(matrices.alpha, Alpha(variant));
    EXPECT_EQ(static_cast<int>(matrices.at.size()), matrices.m * matrices.alpha);
    EXPECT_EQ(static_cast<int>(matrices.bt.size()), matrices.alpha * matrices.alpha);
    EXPECT_EQ(static_cast<int>(matrices.g.size()), matrices.alpha * 3);
  }
}

// o_x = sum_i at[x][i] (sum_u g[i][u] w_u) (sum_k bt[i][k] d_k) must be sum_u w_u d_{x+u}: check every coefficient.
TEST(WinogradVariant, MatricesAreAConvolution) {
  for (WinogradVariant variant : kAllVariants) {
    const WinogradMatrices& a = MatricesOf(variant);
    for (int x = 0; x < a.m; ++x) {
      for (int u = 0; u < 3; ++u) {
        for (int k = 0; k < a.alpha; ++k) {
          double coefficient = 0;
          for (int i = 0; i < a.alpha; ++i) {
            coefficient += a.at[x * a.alpha + i] * a.g[i * 3 + u] * a.bt[i * a.alpha + k];
          }
          EXPECT_NEAR(coefficient, k == x + u ? 1 : 0, 1e-14) << VariantName(variant) << x << u << k;
        }
      }
    }
  }
}

}  // namespace
}  // namespace winnow::kernels
