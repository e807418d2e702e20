// Paired comparison of two nets, against sums over all outcomes and published figures.
#include "server/coordinator/accuracy_difference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace winnow::server {
namespace {

// By adding up Pascal's triangle.
double TwoSided(int lost, int gained) {
  const int n = lost + gained;
  std::vector<double> row = {1.0};
  for (int i = 0; i < n; ++i) {
    std::vector<double> next(row.size() + 1, 0.0);
    for (size_t k = 0; k < row.size(); ++k) {
      next[k] += row[k] / 2;
      next[k + 1] += row[k] / 2;
    }
    row = next;
  }
  double sum = 0.0;
  for (int k = 0; k <= std::min(lost, gained); ++k) sum += row[static_cast<size_t>(k)];
  return std::min(1.0, 2 * sum);
}

TEST(PairedDifference, HasTheExactTestOfMcNemar) {
  for (int lost = 0; lost <= 30; ++lost) {
    for (int gained = 0; gained <= 30; gained += 3) {
      EXPECT_NEAR(PairedDifference(1000, lost, gained).p, TwoSided(lost, gained), 1e-12) << lost << " " << gained;
    }
  }
}

// The approval of a prime minister (Agresti, Categorical Data Analysis): 1600 asked twice, 150 and 86 changed their
// mind; Wald's interval is (-0.059, -0.021), which the half added to each count hardly moves.
TEST(PairedDifference, AgreesWithThePublishedInterval) {
  const AccuracyDifference found = PairedDifference(1600, 150, 86);
  EXPECT_NEAR(found.difference, -0.04, 1e-12);
  EXPECT_NEAR(found.low, -0.059, 1e-3);
  EXPECT_NEAR(found.high, -0.021, 1e-3);
}

TEST(PairedDifference, OfEqualAnswersIsAnIntervalAroundZero) {
  const AccuracyDifference found = PairedDifference(10000, 0, 0);
  EXPECT_EQ(found.p, 1.0);
  EXPECT_EQ(found.difference, 0.0);
  EXPECT_LT(found.low, 0.0);
  EXPECT_GT(found.high, 0.0);
  EXPECT_LT(found.high, 0.0003);
}

// The interval holds the true difference in about 95 of 100 samples; bound of five deviations, seed fixed.
TEST(PairedDifference, CoversTheTruth) {
  std::mt19937 random(7);
  const double lose = 0.03, gain = 0.01;
  constexpr int kSamples = 2000, kImages = 1000;
  int covered = 0;
  for (int sample = 0; sample < kSamples; ++sample) {
    int lost = 0, gained = 0;
    for (int i = 0; i < kImages; ++i) {
      const double u = static_cast<double>(random()) / 4294967296.0;
      lost += u < lose;
      gained += u >= lose && u < lose + gain;
    }
    const AccuracyDifference found = PairedDifference(kImages, lost, gained);
    covered += found.low <= gain - lose && gain - lose <= found.high;
  }
  EXPECT_NEAR(covered, 0.95 * kSamples, 5 * std::sqrt(kSamples * 0.95 * 0.05));
}

TEST(CompareAnswers, CountsImageByImage) {
  // Images 0 to 9: the first is right on 0, 1, 2, 3, 8, the second on 0, 2, 5, 8, 9.
  const auto found = CompareAnswers("f01", "523", 10);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->images, 10);
  EXPECT_EQ(found->lost, 2);
  EXPECT_EQ(found->gained, 2);
}

TEST(CompareAnswers, RefusesWhatIsNoAnswerOfBoth) {
  EXPECT_FALSE(CompareAnswers("", "", 0));
  EXPECT_FALSE(CompareAnswers("f", "f0", 8));
  EXPECT_FALSE(CompareAnswers("f0", "f0", 9));
  EXPECT_FALSE(CompareAnswers("fg", "f0", 8));
  EXPECT_FALSE(CompareAnswers("F0", "f0", 8));
  EXPECT_FALSE(CompareAnswers("f", "0", 3));  // more images than there are
}

}  // namespace
}  // namespace winnow::server
