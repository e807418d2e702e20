#include "kernels/tuning/fastest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace winnow::kernels {
namespace {

using testing::ElementsAre;

TEST(FastestOf, IsTheLowestMedian) {
  EXPECT_EQ(FastestOf(std::vector<Samples>{{10, 10, 10}, {8, 30, 8}, {7, 20, 20}}), 1u);
  EXPECT_EQ(FastestOf(std::vector<Samples>{{5, 5, 5}, {8, 8, 8}}), 0u);
}

TEST(FastestOf, KeepsTheFirstForNearTies) {
  EXPECT_EQ(FastestOf(std::vector<Samples>{{100, 100, 100}, {98, 98, 98}}), 0u);
  EXPECT_EQ(FastestOf(std::vector<Samples>{{100, 100, 100}, {97.9, 97.9, 97.9}}), 1u);
}

TEST(FastestOf, CountsNobodyWithTooFewSamples) {
  EXPECT_EQ(FastestOf(std::vector<Samples>{{10, 10, 10}, {1, 1}}), 0u);
  EXPECT_EQ(FastestOf(std::vector<Samples>{{10, 10}, {1, 1}}), 0u);
  EXPECT_EQ(FastestOf(std::vector<Samples>{{10, 10}, {1, 1, 1}}), 1u);
  EXPECT_EQ(FastestOf({}), 0u);
}

TEST(StillInTheRace, DropsWhoClearlyLosesAfterTwoRounds) {
  EXPECT_THAT(StillInTheRace(std::vector<Samples>{{}, {}}), ElementsAre(0, 1));
  EXPECT_THAT(StillInTheRace(std::vector<Samples>{{10}, {90}}), ElementsAre(0, 1));
  EXPECT_THAT(StillInTheRace(std::vector<Samples>{{10, 10}, {90, 90}, {12, 30}, {12.1, 12.1}}), ElementsAre(0, 2));
  EXPECT_THAT(StillInTheRace(std::vector<Samples>{{10, 10}, {5, 5}}), ElementsAre(1)) << "the first one too";
}

TEST(StillInTheRace, ForgivesAnInterruption) {
  EXPECT_THAT(StillInTheRace(std::vector<Samples>{{10, 10, 10}, {500, 9, 500}}), ElementsAre(0, 1));
}

TEST(MedianOf, IsTheMiddle) {
  EXPECT_EQ(MedianOf({3, 1, 2}), 2);
  EXPECT_EQ(MedianOf({4, 1, 3, 2}), 2.5);
  EXPECT_TRUE(std::isinf(MedianOf({})));
}

}  // namespace
}  // namespace winnow::kernels
