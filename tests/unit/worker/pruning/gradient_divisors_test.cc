#include "worker/pruning/gradient_divisors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace winnow::worker {
namespace {

// The figures of science/spatial_winograd_pruning.md section 3.3.
TEST(GradientDivisors, AreThePapersForExponentOneAndAHalf) {
  const std::vector<float> f4 = GradientDivisors(4, 1.5);
  ASSERT_EQ(f4.size(), 36u);
  EXPECT_FLOAT_EQ(f4[0], 1.0f);       // corner
  EXPECT_NEAR(f4[1], 2.414f, 1e-3);   // edge
  EXPECT_NEAR(f4[3], 9.542f, 1e-3);   // edge
  EXPECT_NEAR(f4[7], 5.827f, 1e-3);   // inner
  EXPECT_NEAR(f4[9], 23.03f, 1e-2);   // inner
  EXPECT_NEAR(f4[21], 91.04f, 2e-2);  // inner
  EXPECT_FLOAT_EQ(f4[1 * 6 + 3], f4[3 * 6 + 1]);

  const std::vector<float> f2 = GradientDivisors(2, 1.5);
  ASSERT_EQ(f2.size(), 16u);
  EXPECT_FLOAT_EQ(f2[0], 1.0f);
  EXPECT_NEAR(f2[1], 1.682f, 1e-3);
  EXPECT_NEAR(f2[5], 2.828f, 1e-3);
}

TEST(GradientDivisors, AreOneForExponentZero) {
  EXPECT_THAT(GradientDivisors(4, 0.0), testing::Each(1.0f));
  EXPECT_THAT(GradientDivisors(2, 0.0), testing::Each(1.0f));
}

}  // namespace
}  // namespace winnow::worker
