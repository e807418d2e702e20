#include "kernels/transforms/filter_transform.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/unit/kernels/random_floats.h"

namespace winnow::kernels {
namespace {

constexpr int64_t kFilters = 50;

class FilterTransformTest : public testing::TestWithParam<WinogradVariant> {
 protected:
  const WinogradMatrices& matrices_ = MatricesOf(GetParam());
  const int alpha_ = matrices_.alpha;
  const int positions_ = alpha_ * alpha_;
};

TEST_P(FilterTransformTest, IsTheMatrixProductRoundedOnce) {
  const std::vector<float> w = RandomFloats(kFilters * 9, 1);
  std::vector<float> q(kFilters * positions_);
  FilterTransform(GetParam(), kFilters, w, q);
  for (int64_t f = 0; f < kFilters; ++f) {
    for (int i = 0; i < alpha_; ++i) {
      for (int j = 0; j < alpha_; ++j) {
        double expected = 0;
        for (int u = 0; u < 3; ++u) {
          for (int v = 0; v < 3; ++v) {
            expected += matrices_.g[i * 3 + u] * matrices_.g[j * 3 + v] * w[f * 9 + u * 3 + v];
          }
        }
        EXPECT_NEAR(q[(f * alpha_ + i) * alpha_ + j], expected, std::abs(expected) * 0x1p-24 + 1e-15);
      }
    }
  }
}

// Spatial structured pruning rests on this: a coefficient all of whose weights were pruned must not come back as noise.
TEST_P(FilterTransformTest, KeepsTheZerosOfEverySpatialPattern) {
  const std::vector<float> dense = RandomFloats(9, 2);
  for (int pattern = 0; pattern < 512; ++pattern) {
    std::vector<float> w = dense;
    for (int k = 0; k < 9; ++k) {
      if (pattern >> k & 1) w[k] = k % 2 == 0 ? 0.0f : -0.0f;
    }
    std::vector<float> q(positions_);
    FilterTransform(GetParam(), 1, w, q);
    for (int i = 0; i < alpha_; ++i) {
      for (int j = 0; j < alpha_; ++j) {
        bool alive = false;
        for (int k = 0; k < 9; ++k) {
          const bool used = matrices_.g[i * 3 + k / 3] != 0 && matrices_.g[j * 3 + k % 3] != 0;
          alive = alive || (used && w[k] != 0);
        }
        const float value = q[i * alpha_ + j];
        if (alive) {
          EXPECT_NE(value, 0.0f) << "pattern " << pattern << " at " << i << "," << j;
        } else {
          EXPECT_EQ(value, 0.0f) << "pattern " << pattern << " at " << i << "," << j;
          EXPECT_FALSE(std::signbit(value));
        }
      }
    }
  }
}

TEST_P(FilterTransformTest, AdjointSatisfiesItsIdentity) {
  const std::vector<float> w = RandomFloats(kFilters * 9, 3);
  const std::vector<float> dq = RandomFloats(kFilters * positions_, 4);
  std::vector<float> q(dq.size()), dw(w.size());
  FilterTransform(GetParam(), kFilters, w, q);
  FilterTransformAdjoint(GetParam(), kFilters, dq, dw);
  double left = 0, right = 0;
  for (size_t i = 0; i < q.size(); ++i) left += double{q[i]} * dq[i];
  for (size_t i = 0; i < w.size(); ++i) right += double{w[i]} * dw[i];
  EXPECT_NEAR(left, right, 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Variants, FilterTransformTest, testing::ValuesIn(kAllVariants),
                         [](const auto& each) { return each.param == WinogradVariant::kF2K3 ? "F2" : "F4"; });

}  // namespace
}  // namespace winnow::kernels
