#include "worker/bench/spread.h"

#include <gtest/gtest.h>

#include <vector>

namespace winnow::worker {
namespace {

TEST(Summarise, InterpolatesBetweenOrderStatistics) {
  const Spread spread = Summarise(std::vector<double>{4, 1, 3, 2});
  EXPECT_DOUBLE_EQ(spread.min, 1);
  EXPECT_DOUBLE_EQ(spread.q1, 1.75);
  EXPECT_DOUBLE_EQ(spread.median, 2.5);
  EXPECT_DOUBLE_EQ(spread.q3, 3.25);
  EXPECT_DOUBLE_EQ(spread.RelativeWidth(), 0.6);
}

TEST(Summarise, TakesOneValue) {
  const Spread spread = Summarise(std::vector<double>{2});
  EXPECT_DOUBLE_EQ(spread.min, 2);
  EXPECT_DOUBLE_EQ(spread.q3, 2);
  EXPECT_DOUBLE_EQ(spread.RelativeWidth(), 0);
  EXPECT_DOUBLE_EQ(Summarise(std::vector<double>{0, 0}).RelativeWidth(), 0);
}

TEST(Summarise, ReadsAsJson) {
  EXPECT_EQ(DumpJson(ToJson(Spread{1, 2, 1.5, 2.5})), R"({"median":2.0,"min":1.0,"q1":1.5,"q3":2.5})");
}

}  // namespace
}  // namespace winnow::worker
