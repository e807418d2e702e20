#include "worker/pruning/allocation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/unit/worker/pruning/random_kernels.h"

namespace winnow::worker {
namespace {

using ::testing::ElementsAre;

TEST(KeepHighest, GivesUpTheLowestScores) {
  const float scores[] = {3, 1, 2, 5, 4};
  EXPECT_THAT(KeepHighest(scores, 0.4), ElementsAre(1, 0, 0, 1, 1));
  EXPECT_THAT(KeepHighest(scores, 0.0), ElementsAre(1, 1, 1, 1, 1));
}

TEST(KeepHighest, TakesTheFirstAmongEqualsAndEveryZero) {
  const float equal[] = {1, 1, 1, 1};
  EXPECT_THAT(KeepHighest(equal, 0.5), ElementsAre(0, 0, 1, 1));
  const float zeros[] = {0, 7, 0, 0};
  EXPECT_THAT(KeepHighest(zeros, 0.25), ElementsAre(0, 1, 0, 0));
}

TEST(KeepHighestOverall, HoldsOneThresholdOverScoresForWhatIsSaved) {
  // Layer 0 saves 4 multiplications a coefficient, layer 1 one.
  const float first[] = {8, 40}, second[] = {1, 3, 9, 30};
  const ScoredLayer layers[] = {{.scores = first, .out_channels = 1, .in_channels = 2, .tiles = 4},
                                {.scores = second, .out_channels = 2, .in_channels = 2, .tiles = 1}};
  // Score a multiplication: 2, 10; 1, 3, 9, 30. Of 12 multiplications 5 are to go.
  auto kept = KeepHighestOverall(layers, 5.0 / 12, spec::Allocation::kWork);
  EXPECT_THAT(kept[0], ElementsAre(0, 1));
  EXPECT_THAT(kept[1], ElementsAre(0, 1, 1, 1));
  // Score a coefficient: 8, 40; 1, 3, 9, 30. Of 6 coefficients 3 are to go.
  kept = KeepHighestOverall(layers, 0.5, spec::Allocation::kSize);
  EXPECT_THAT(kept[0], ElementsAre(0, 1));
  EXPECT_THAT(kept[1], ElementsAre(0, 0, 1, 1));
}

TEST(KeepHighestOverall, ReachesTheRateToHalfACoefficient) {
  const std::vector<float> a = RandomValues(1, 360), b = RandomValues(2, 720);
  std::vector<float> positive_a, positive_b;
  for (const float x : a) positive_a.push_back(std::fabs(x) + 1e-3f);
  for (const float x : b) positive_b.push_back(std::fabs(x) + 1e-3f);
  const ScoredLayer layers[] = {{.scores = positive_a, .out_channels = 2, .in_channels = 5, .tiles = 16},
                                {.scores = positive_b, .out_channels = 4, .in_channels = 5, .tiles = 4}};
  for (const double rate : {0.1, 0.5, 0.9}) {
    const auto kept = KeepHighestOverall(layers, rate, spec::Allocation::kWork);
    double saved = 0.0;
    for (const uint8_t k : kept[0]) saved += k == 0 ? 16 : 0;
    for (const uint8_t k : kept[1]) saved += k == 0 ? 4 : 0;
    EXPECT_NEAR(saved, rate * (360 * 16 + 720 * 4), 8.0);
  }
}

TEST(ErkRates, FollowTheFormulaAndAddUp) {
  const std::vector<float> small(16 * 16 * 36), large(64 * 64 * 36);
  const ScoredLayer layers[] = {{.scores = small, .out_channels = 16, .in_channels = 16, .tiles = 64},
                                {.scores = large, .out_channels = 64, .in_channels = 64, .tiles = 4}};
  const std::vector<double> rates = ErkRates(layers, 0.8);
  const double ratio = ((16 + 16 + 6) / (16.0 * 16 * 9)) / ((64 + 64 + 6) / (64.0 * 64 * 9));
  EXPECT_NEAR((1 - rates[0]) / (1 - rates[1]), ratio, 1e-9);
  EXPECT_NEAR(rates[0] * 16 * 16 + rates[1] * 64 * 64, 0.8 * (16 * 16 + 64 * 64), 1e-6);
}

TEST(ErkRates, KeepLayersDenseThatWouldNeedMoreThanTheyHave) {
  const std::vector<float> small(4 * 4 * 36), large(64 * 64 * 36);
  const ScoredLayer layers[] = {{.scores = small, .out_channels = 4, .in_channels = 4, .tiles = 64},
                                {.scores = large, .out_channels = 64, .in_channels = 64, .tiles = 4}};
  const std::vector<double> rates = ErkRates(layers, 0.5);
  EXPECT_EQ(rates[0], 0.0);
  EXPECT_NEAR(rates[1] * 64 * 64, 0.5 * (4 * 4 + 64 * 64), 1e-6);
}

}  // namespace
}  // namespace winnow::worker
