#include "server/planner/trial.h"

#include <gtest/gtest.h>

namespace winnow::server {
namespace {

TEST(Trial, WritesRatesInPercentExactly) {
  const std::pair<double, const char*> kRates[] = {{0.3, "30"},
                                                   {0.07, "7"},
                                                   {0.29, "29"},
                                                   {0.625, "62p5"},
                                                   {0.005, "0p5"},
                                                   {0.999, "99p9"},
                                                   {0.1234567, "12p34567"},
                                                   {1e-7, "0p00001"},
                                                   {0.5, "50"},
                                                   {0.57, "57"}};
  for (const auto& [rate, text] : kRates) EXPECT_EQ(PercentText(rate), text);
}

TEST(Trial, IdHasWhatIsSwept) {
  EXPECT_EQ(TrialId({.tile_size = 4, .spatial_rate = 0.3, .winograd_rate = 0.6}), "f4-s30-w60");
  EXPECT_EQ(TrialId({.tile_size = 2, .spatial_rate = 0.625, .winograd_rate = std::nullopt}), "f2-s62p5");
  EXPECT_EQ(TrialId({.tile_size = 4, .spatial_rate = 0.3, .winograd_rate = 0.6, .mask_group = 8}), "f4-s30-w60g8");
  EXPECT_EQ(TrialId({.tile_size = 4, .spatial_rate = std::nullopt, .winograd_rate = 0.7}), "f4-w70");
  EXPECT_EQ(TrialId({.tile_size = 4, .spatial_rate = 0.3, .winograd_rate = 0.7, .mask_group = 1, .method = "l-2"}),
            "f4-s30-w70-l-2");
  EXPECT_EQ(TrialId({.tile_size = 4, .spatial_rate = std::nullopt, .winograd_rate = std::nullopt}), "dense");
}

}  // namespace
}  // namespace winnow::server
