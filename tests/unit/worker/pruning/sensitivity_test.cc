#include "worker/pruning/sensitivity.h"

#include <gtest/gtest.h>

#include <vector>

namespace winnow::worker {
namespace {

// Against a look at every point of the grid.
double RateByScan(double start, double full, double limit, const std::function<double(double)>& accuracy) {
  double before_rate = start, before = full;
  for (int k = 1; k < 20; ++k) {
    const double rate = start + (1.0 - start) * k / 20, now = accuracy(rate);
    if (now <= limit) return before_rate + (rate - before_rate) * (before - limit) / (before - now);
    before_rate = rate;
    before = now;
  }
  return before_rate;
}

TEST(RateOfFall, IsWhereAScanFindsIt) {
  for (const double start : {0.0, 0.3}) {
    for (double steepness = 0.05; steepness < 4.0; steepness += 0.05) {
      const auto accuracy = [&](double rate) { return 0.9 - steepness * (rate - start) * (rate - start); };
      int asked = 0;
      const std::optional<double> found = RateOfFall(start, 0.9, 0.8, [&](double rate) {
        ++asked;
        return std::optional<double>(accuracy(rate));
      });
      ASSERT_TRUE(found);
      EXPECT_LE(asked, 5);
      EXPECT_NEAR(*found, RateByScan(start, 0.9, 0.8, accuracy), 1e-12) << start << " " << steepness;
    }
  }
}

TEST(RateOfFall, OfALayerThatNobodyMissesIsTheLastOfTheGrid) {
  const auto same = [](double) { return std::optional<double>(0.9); };
  EXPECT_DOUBLE_EQ(*RateOfFall(0.0, 0.9, 0.8, same), 0.95);
  EXPECT_DOUBLE_EQ(*RateOfFall(0.5, 0.9, 0.8, same), 0.975);
}

TEST(RateOfFall, OfALayerThatAllHangsOnIsBeforeTheFirst) {
  const auto gone = [](double) { return std::optional<double>(0.1); };
  EXPECT_NEAR(*RateOfFall(0.0, 0.9, 0.8, gone), 0.05 / 8, 1e-12);
}

TEST(RateOfFall, StopsWhenToldTo) {
  EXPECT_FALSE(RateOfFall(0.0, 0.9, 0.8, [](double) { return std::optional<double>(); }));
}

TEST(ScoreAtRate, HasThatShareBelowIt) {
  const std::vector<float> scores = {5, 1, 4, 2, 3, 0, 0, 6, 7, 8};
  EXPECT_EQ(ScoreAtRate(scores, 0.5), 4.0f);  // 0 0 1 2 3 | 4
  EXPECT_EQ(ScoreAtRate(scores, 0.59), 4.0f);
  EXPECT_EQ(ScoreAtRate(scores, 1.0), 8.0f);
  EXPECT_EQ(ScoreAtRate(scores, 0.0), 1.0f);  // never 0, which would keep zeros
  EXPECT_EQ(ScoreAtRate(std::vector<float>{0, 0}, 0.5), 0.0f);
  EXPECT_EQ(ScoreAtRate({}, 0.5), 0.0f);
}

}  // namespace
}  // namespace winnow::worker
