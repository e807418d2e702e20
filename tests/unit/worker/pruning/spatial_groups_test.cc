#include "worker/pruning/spatial_groups.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "kernels/transforms/filter_transform.h"
#include "tests/unit/worker/pruning/random_kernels.h"
#include "worker/pruning/tile_size.h"

namespace winnow::worker {
namespace {

// The rule as the paper has it: one group for every coefficient, read off the matrix G.
std::vector<uint8_t> MaskByAllGroups(std::span<const float> weights, float threshold, int tile_size) {
  const kernels::WinogradMatrices& matrices = kernels::MatricesOf(VariantOf(tile_size));
  const size_t alpha = static_cast<size_t>(matrices.alpha);
  std::vector<uint8_t> kept(weights.size(), 1);
  for (size_t kernel = 0; kernel < weights.size(); kernel += 9) {
    for (size_t i = 0; i < alpha; ++i) {
      for (size_t j = 0; j < alpha; ++j) {
        std::vector<size_t> members;
        for (size_t u = 0; u < 3; ++u) {
          for (size_t v = 0; v < 3; ++v) {
            if (matrices.g[i * 3 + u] * matrices.g[j * 3 + v] != 0.0) members.push_back(kernel + 3 * u + v);
          }
        }
        float largest = 0.0f;
        for (const size_t member : members) largest = std::max(largest, std::fabs(weights[member]));
        if (largest < threshold) {
          for (const size_t member : members) kept[member] = 0;
        }
      }
    }
  }
  return kept;
}

// Zeros of G (W .* mask) G^T, counted in the transformed filters themselves.
double ZeroShareByTransform(std::span<const float> weights, const std::vector<uint8_t>& kept, int tile_size) {
  std::vector<float> masked(weights.begin(), weights.end());
  for (size_t i = 0; i < masked.size(); ++i) masked[i] *= kept[i];
  const auto per_kernel = static_cast<size_t>((tile_size + 2) * (tile_size + 2));
  std::vector<float> q(masked.size() / 9 * per_kernel);
  kernels::FilterTransform(VariantOf(tile_size), static_cast<int64_t>(masked.size() / 9), masked, q);
  return static_cast<double>(std::count(q.begin(), q.end(), 0.0f)) / static_cast<double>(q.size());
}

class SpatialGroups : public testing::TestWithParam<int> {};

TEST_P(SpatialGroups, NineGroupsAreThePapersThirtySix) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const std::vector<float> weights = RandomValues(seed, 9 * 200);
    for (const float threshold : {0.0f, 0.1f, 0.5f, 0.7f, 0.9f, 1.5f}) {
      EXPECT_EQ(SpatialMask(weights, threshold), MaskByAllGroups(weights, threshold, GetParam())) << threshold;
    }
  }
}

TEST_P(SpatialGroups, CountedShareIsThatOfTheTransformedFilters) {
  const std::vector<float> weights = RandomValues(11, 9 * 300);
  for (const float threshold : {0.0f, 0.2f, 0.6f, 0.8f, 0.95f, 2.0f}) {
    const std::vector<uint8_t> mask = SpatialMask(weights, threshold);
    EXPECT_DOUBLE_EQ(WinogradZeroShare(weights, threshold, GetParam()), ZeroShareByTransform(weights, mask, GetParam()))
        << threshold;
  }
}

TEST_P(SpatialGroups, ChosenThresholdIsTheNearestOfAll) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const std::vector<float> weights = RandomValues(seed, 9 * 40);
    std::set<float> thresholds{10.0f};
    for (const float weight : weights) thresholds.insert(std::fabs(weight));
    for (const double target : {0.0, 0.05, 0.3, 0.5, 0.62, 0.9, 1.0}) {
      double nearest = std::numeric_limits<double>::infinity();
      for (const float threshold : thresholds) {
        nearest = std::min(nearest, std::fabs(WinogradZeroShare(weights, threshold, GetParam()) - target));
      }
      const ThresholdChoice choice = ChooseThreshold(weights, target, GetParam());
      EXPECT_DOUBLE_EQ(std::fabs(choice.reached - target), nearest) << target;
      EXPECT_DOUBLE_EQ(choice.reached, WinogradZeroShare(weights, choice.threshold, GetParam())) << target;
    }
  }
}

TEST_P(SpatialGroups, MaskGrowsAlongTheLadder) {
  std::vector<float> weights = RandomValues(21, 9 * 500);
  std::vector<uint8_t> before(weights.size(), 1);
  double reached_before = 0.0;
  for (const double target : {0.2, 0.3, 0.5, 0.7, 0.9}) {
    const ThresholdChoice choice = ChooseThreshold(weights, target, GetParam());
    const std::vector<uint8_t> mask = SpatialMask(weights, choice.threshold);
    EXPECT_GE(choice.reached, reached_before);
    EXPECT_NEAR(choice.reached, target, 1e-2);
    for (size_t i = 0; i < mask.size(); ++i) {
      ASSERT_LE(mask[i], before[i]) << "weight " << i << " came back at target " << target;
      // Retraining moves what is left; what is gone stays zero.
      weights[i] = mask[i] == 0 ? 0.0f : weights[i] * (1.0f + 0.1f * static_cast<float>(i % 3));
    }
    EXPECT_EQ(
        CountWinogradZeros(weights, GetParam()),
        std::llround(choice.reached * static_cast<double>(weights.size() / 9) * (GetParam() + 2) * (GetParam() + 2)));
    before = mask;
    reached_before = choice.reached;
  }
}

TEST_P(SpatialGroups, ZeroWeightsAlwaysGo) {
  // One corner is zero from the start: below any threshold that has an effect.
  std::vector<float> weights(9 * 4, 1.0f);
  weights[0] = 0.0f;
  const ThresholdChoice choice = ChooseThreshold(weights, 0.0, GetParam());
  EXPECT_GT(choice.threshold, 0.0f);
  EXPECT_EQ(SpatialMask(weights, choice.threshold)[0], 0);
  EXPECT_EQ(CountWinogradZeros(weights, GetParam()), 1);
}

TEST_P(SpatialGroups, EqualMagnitudesGoTogetherOrNotAtAll) {
  const std::vector<float> weights(9 * 8, 0.5f);
  EXPECT_DOUBLE_EQ(ChooseThreshold(weights, 0.4, GetParam()).reached, 0.0);
  EXPECT_DOUBLE_EQ(ChooseThreshold(weights, 0.6, GetParam()).reached, 1.0);
  // Equally near: the lower threshold.
  EXPECT_DOUBLE_EQ(ChooseThreshold(weights, 0.5, GetParam()).reached, 0.0);
}

INSTANTIATE_TEST_SUITE_P(TileSizes, SpatialGroups, testing::Values(2, 4));

TEST(SpatialGroupsOfOneKernel, GroupsKillWhatTheTableSays) {
  // science/spatial_winograd_pruning.md section 2: coefficients killed for m = 6 and m = 4 patches.
  std::vector<float> corner(9, 1.0f);
  corner[2] = 0.0f;
  EXPECT_EQ(CountWinogradZeros(corner, 4), 1);
  EXPECT_EQ(CountWinogradZeros(corner, 2), 1);
  std::vector<float> row(9, 1.0f);
  row[6] = row[7] = row[8] = 0.0f;
  EXPECT_EQ(CountWinogradZeros(row, 4), 6);
  EXPECT_EQ(CountWinogradZeros(row, 2), 4);
  std::vector<float> only_centre(9, 0.0f);
  only_centre[4] = 1.0f;
  EXPECT_EQ(CountWinogradZeros(only_centre, 4), 20);
  EXPECT_EQ(CountWinogradZeros(only_centre, 2), 12);
  EXPECT_EQ(CountWinogradZeros(std::vector<float>(9, 0.0f), 4), 36);
  EXPECT_EQ(CountWinogradZeros(std::vector<float>(9, 0.0f), 2), 16);
}

}  // namespace
}  // namespace winnow::worker
