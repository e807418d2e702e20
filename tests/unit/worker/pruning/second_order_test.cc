// Greedy removal and compensation against brute force.
#include "worker/pruning/second_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/unit/worker/pruning/random_kernels.h"
#include "worker/pruning/kernel_hessian.h"

namespace winnow::worker {
namespace {

// d^T M d.
double Change(const std::vector<double>& hessian, std::span<const float> before, std::span<const float> after) {
  const size_t n = before.size();
  double change = 0.0;
  for (size_t k = 0; k < n; ++k) {
    for (size_t l = 0; l < n; ++l) {
      change += (static_cast<double>(after[k]) - static_cast<double>(before[k])) * hessian[k * n + l] *
                (static_cast<double>(after[l]) - static_cast<double>(before[l]));
    }
  }
  return change;
}

double ChangeWhenKept(const std::vector<double>& hessian, const std::vector<float>& q,
                      const std::vector<uint8_t>& kept) {
  std::vector<float> moved(q.size());
  Compensate(hessian, q, kept, moved);
  return Change(hessian, q, moved);
}

class SecondOrderTest : public ::testing::TestWithParam<int> {
 protected:
  const size_t n_ = static_cast<size_t>((GetParam() + 2) * (GetParam() + 2));
  const std::vector<double> hessian_ = WhiteHessian(GetParam());
  const std::vector<float> q_ = RandomValues(11, n_);
};

TEST_P(SecondOrderTest, InvertsMatrices) {
  const std::vector<double> inverse = InverseOf(hessian_, n_);
  ASSERT_EQ(inverse.size(), n_ * n_);
  for (size_t i = 0; i < n_; ++i) {
    for (size_t j = 0; j < n_; ++j) {
      double product = 0.0;
      for (size_t k = 0; k < n_; ++k) product += hessian_[i * n_ + k] * inverse[k * n_ + j];
      EXPECT_NEAR(product, i == j ? 1.0 : 0.0, 1e-8);
    }
  }
  const double indefinite[] = {1.0, 2.0, 2.0, 1.0};
  EXPECT_TRUE(InverseOf(indefinite, 2).empty());
}

// No small move of a survivor from where compensation put it makes the change smaller.
TEST_P(SecondOrderTest, CompensationIsTheBestThatSurvivorsCanDo) {
  std::vector<uint8_t> kept(n_, 1);
  for (size_t i = 0; i < n_; i += 3) kept[i] = 0;
  std::vector<float> moved(n_);
  Compensate(hessian_, q_, kept, moved);
  const double least = Change(hessian_, q_, moved);
  std::vector<float> uncompensated = q_;
  for (size_t i = 0; i < n_; ++i) {
    if (kept[i] == 0) {
      EXPECT_EQ(moved[i], 0.0f);
      uncompensated[i] = 0.0f;
    }
  }
  EXPECT_LT(least, Change(hessian_, q_, uncompensated));
  for (size_t i = 0; i < n_; ++i) {
    for (const float step : {-0.01f, 0.01f}) {
      std::vector<float> other = moved;
      if (kept[i] != 0) other[i] += step;
      EXPECT_GE(Change(hessian_, q_, other), least * (1 - 1e-5)) << "coefficient " << i;
    }
  }
}

TEST_P(SecondOrderTest, CompensationKeepsWhatIsWhole) {
  std::vector<float> moved(n_);
  Compensate(hessian_, q_, std::vector<uint8_t>(n_, 1), moved);
  EXPECT_EQ(moved, q_);
  Compensate(hessian_, q_, std::vector<uint8_t>(n_, 0), moved);
  EXPECT_EQ(moved, std::vector<float>(n_, 0.0f));
}

// Each removal must be the one that, with compensation, changes the output least; and cost what it adds.
TEST_P(SecondOrderTest, RemovesGreedily) {
  std::vector<double> costs(n_);
  RemovalCosts(InverseOf(hessian_, n_), q_, costs);
  std::vector<size_t> order(n_);
  for (size_t i = 0; i < n_; ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return costs[a] < costs[b]; });
  std::vector<uint8_t> kept(n_, 1);
  double before = 0.0, highest = 0.0;
  for (size_t step = 0; step < n_ / 2; ++step) {
    double least = INFINITY;
    for (size_t k = 0; k < n_; ++k) {
      if (kept[k] == 0) continue;
      kept[k] = 0;
      least = std::min(least, ChangeWhenKept(hessian_, q_, kept));
      kept[k] = 1;
    }
    highest = std::max(highest, least - before);
    // Where costs tie the order between them is open, so the set is compared once the step is over.
    kept[order[step]] = 0;
    const bool tied = step + 1 < n_ && costs[order[step]] == costs[order[step + 1]];
    if (!tied) {
      EXPECT_NEAR(costs[order[step]] / highest, 1.0, 1e-3) << "step " << step;
    }
    before = ChangeWhenKept(hessian_, q_, kept);
    if (!tied) {
      EXPECT_NEAR(before / least, 1.0, 1e-3) << "step " << step;
    }
  }
}

TEST_P(SecondOrderTest, ZerosCostNothingAndGoFirst) {
  std::vector<float> q = q_;
  for (size_t i = 1; i < n_; i += 2) q[i] = 0.0f;
  std::vector<double> costs(n_);
  RemovalCosts(InverseOf(hessian_, n_), q, costs);
  for (size_t i = 0; i < n_; ++i) {
    if (i % 2 == 1) {
      EXPECT_EQ(costs[i], 0.0) << i;
    } else {
      EXPECT_GT(costs[i], 0.0) << i;
    }
  }
}

TEST_P(SecondOrderTest, InvertsWhatSurvives) {
  std::vector<uint8_t> kept(n_, 1);
  kept[0] = kept[5] = 0;
  const std::vector<double> inverse = SurvivorInverse(hessian_, kept);
  for (size_t i = 0; i < n_; ++i) {
    for (size_t j = 0; j < n_; ++j) {
      if (kept[i] == 0 || kept[j] == 0) {
        EXPECT_EQ(inverse[i * n_ + j], 0.0);
        continue;
      }
      double product = 0.0;
      for (size_t k = 0; k < n_; ++k) product += hessian_[i * n_ + k] * inverse[k * n_ + j];
      EXPECT_NEAR(product, i == j ? 1.0 : 0.0, 1e-8);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(TileSizes, SecondOrderTest, ::testing::Values(2, 4));

}  // namespace
}  // namespace winnow::worker
