#include "worker/bench/mann_whitney.h"

#include <gtest/gtest.h>

#include <vector>

namespace winnow::worker {
namespace {

// The normal approximation worked out by hand: n = 10 each, completely apart, U = 0, mean 50,
// variance 10 * 10 * 21 / 12 = 175, z = (50 - 0.5) / sqrt(175) = 3.7418; two-sided p = 1.83e-4.
TEST(MannWhitneyP, IsThatOfTheNormalApproximation) {
  std::vector<double> low, high;
  for (int i = 0; i < 10; ++i) {
    low.push_back(i);
    high.push_back(100 + i);
  }
  EXPECT_NEAR(MannWhitneyP(low, high), 1.827e-4, 1e-6);
  EXPECT_DOUBLE_EQ(MannWhitneyP(low, high), MannWhitneyP(high, low));
}

// a = {1, 2, 2, 3}, b = {2, 3, 3, 4}: ranks of a 1, 3, 3, 6 sum to 13, U = 3, mean 8, ties 24 + 24 of t^3 - t,
// variance 16 / 12 * (9 - 48 / 56) = 10.857; z = 4.5 / 3.295 = 1.3657; p = 0.1720.
TEST(MannWhitneyP, SharesTheRanksOfEqualValues) {
  EXPECT_NEAR(MannWhitneyP(std::vector<double>{1, 2, 2, 3}, std::vector<double>{2, 3, 3, 4}), 0.1720, 1e-4);
}

TEST(MannWhitneyP, FindsNothingBetweenEqualSets) {
  const std::vector<double> values = {3, 1, 2, 5, 4};
  EXPECT_DOUBLE_EQ(MannWhitneyP(values, values), 1);
  EXPECT_DOUBLE_EQ(MannWhitneyP(std::vector<double>{2, 2}, std::vector<double>{2, 2}), 1);
  EXPECT_DOUBLE_EQ(MannWhitneyP({}, values), 1);
}

}  // namespace
}  // namespace winnow::worker
