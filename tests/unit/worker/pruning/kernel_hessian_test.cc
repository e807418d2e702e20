// The Hessian of one kernel's coefficients, against the computation it stands for.
#include "worker/pruning/kernel_hessian.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/transforms/importance_factors.h"
#include "tests/unit/worker/pruning/random_kernels.h"
#include "worker/pruning/tile_size.h"

namespace winnow::worker {
namespace {

class KernelHessianTest : public ::testing::TestWithParam<int> {
 protected:
  size_t a() const { return static_cast<size_t>(GetParam()) + 2; }
  size_t m() const { return static_cast<size_t>(GetParam()); }
  size_t n() const { return a() * a(); }
  const kernels::WinogradMatrices& matrices() const { return kernels::MatricesOf(VariantOf(GetParam())); }

  // A^T (d .* v) A of vectors [a^2], by the definition: [m^2].
  std::vector<double> Output(std::span<const float> d, std::span<const double> v) const {
    std::vector<double> output(m() * m(), 0.0);
    for (size_t x = 0; x < m(); ++x) {
      for (size_t y = 0; y < m(); ++y) {
        for (size_t i = 0; i < a(); ++i) {
          for (size_t j = 0; j < a(); ++j) {
            output[x * m() + y] += matrices().at[x * a() + i] * matrices().at[y * a() + j] *
                                   static_cast<double>(d[i * a() + j]) * v[i * a() + j];
          }
        }
      }
    }
    return output;
  }

  // B^T e_pq B: what the input pixel (p, q) alone becomes.
  std::vector<double> TransformedPixel(size_t p, size_t q) const {
    std::vector<double> v(n());
    for (size_t i = 0; i < a(); ++i) {
      for (size_t j = 0; j < a(); ++j) v[i * a() + j] = matrices().bt[i * a() + p] * matrices().bt[j * a() + q];
    }
    return v;
  }
};

// With independent pixels of variance 1 the expected square is the sum over pixels.
TEST_P(KernelHessianTest, IsTheOutputsMeanSquareUnderWhiteInputs) {
  const std::vector<double> hessian = WhiteHessian(GetParam());
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const std::vector<float> d = RandomValues(seed, n());
    double expected = 0.0;
    for (size_t p = 0; p < a(); ++p) {
      for (size_t q = 0; q < a(); ++q) {
        for (const double value : Output(d, TransformedPixel(p, q))) expected += value * value;
      }
    }
    double found = 0.0;
    for (size_t k = 0; k < n(); ++k) {
      for (size_t l = 0; l < n(); ++l)
        found += static_cast<double>(d[k]) * hessian[k * n() + l] * static_cast<double>(d[l]);
    }
    EXPECT_NEAR(found / expected, 1.0, 1e-12) << "seed " << seed;
  }
}

TEST_P(KernelHessianTest, HasTheSquaredImportanceFactorsOnItsDiagonal) {
  const std::vector<double> hessian = WhiteHessian(GetParam());
  const std::vector<double> factors = kernels::NormalizedImportanceFactors(VariantOf(GetParam()));
  const double scale = hessian[0] / (factors[0] * factors[0]);
  for (size_t k = 0; k < n(); ++k) {
    EXPECT_NEAR(hessian[k * n() + k] / (scale * factors[k] * factors[k]), 1.0, 1e-12) << "position " << k;
  }
}

// E[V V^T] of any inputs, here of one fixed tile, gives the square of its output.
TEST_P(KernelHessianTest, GramTimesMomentsIsTheSquareOfAnOutput) {
  const std::vector<double> gram = OutputGram(GetParam());
  const std::vector<float> d = RandomValues(7, n()), input = RandomValues(8, n());
  const std::vector<double> v(input.begin(), input.end());
  double expected = 0.0, sum = 0.0;
  for (const double value : Output(d, v)) {
    expected += value * value;
    sum += value;
  }
  double found = 0.0, found_sum = 0.0;
  const std::vector<double> sums = OutputSums(GetParam());
  for (size_t k = 0; k < n(); ++k) {
    const double one = static_cast<double>(d[k]) * v[k];
    found_sum += sums[k] * one;
    for (size_t l = 0; l < n(); ++l) found += one * gram[k * n() + l] * static_cast<double>(d[l]) * v[l];
  }
  EXPECT_NEAR(found / expected, 1.0, 1e-12);
  EXPECT_NEAR(found_sum, sum, 1e-12 * std::sqrt(expected) * static_cast<double>(m()));
}

INSTANTIATE_TEST_SUITE_P(TileSizes, KernelHessianTest, ::testing::Values(2, 4));

}  // namespace
}  // namespace winnow::worker
