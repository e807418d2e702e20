#include "worker/data/image_region.h"

#include <gtest/gtest.h>

#include <cmath>

namespace winnow::worker {
namespace {

TEST(DrawResizedCrop, StaysWithinItsRanges) {
  const ImageSize size{300, 400};
  int flips = 0;
  int smaller = 0, larger = 0;
  double least_top = 1e9, most_top = 0;
  constexpr int kDraws = 4000;
  for (uint32_t image = 0; image < kDraws; ++image) {
    const ImageRegion region = DrawResizedCrop(size, 0.08, true, 7, 3, image);
    ASSERT_GE(region.top, 0);
    ASSERT_GE(region.left, 0);
    ASSERT_LE(region.top + region.height, size.height);
    ASSERT_LE(region.left + region.width, size.width);
    ASSERT_EQ(region.top, std::floor(region.top));
    const double share = region.height * region.width / (300.0 * 400.0);
    ASSERT_GT(share, 0.075);  // sizes are rounded
    ASSERT_LE(share, 1.0);
    ASSERT_GT(region.width / region.height, 0.74);
    ASSERT_LT(region.width / region.height, 1.35);
    smaller += share >= 0.1 && share < 0.3;
    larger += share >= 0.3 && share < 0.5;
    flips += region.flip;
    least_top = std::min(least_top, region.top);
    most_top = std::max(most_top, region.top);
  }
  // Of the areas that always fit, each is as likely as another: five deviations of the difference of two counts.
  EXPECT_GT(smaller, 700);
  EXPECT_NEAR(smaller, larger, 5 * std::sqrt(smaller + larger));
  EXPECT_NEAR(flips, kDraws / 2, 5 * 32);
  EXPECT_EQ(least_top, 0);
  EXPECT_GT(most_top, 150);
}

TEST(DrawResizedCrop, IsAFunctionOfSeedEpochAndImage) {
  const ImageSize size{300, 400};
  const ImageRegion once = DrawResizedCrop(size, 0.08, true, 1, 2, 3);
  EXPECT_EQ(DrawResizedCrop(size, 0.08, true, 1, 2, 3), once);
  EXPECT_NE(DrawResizedCrop(size, 0.08, true, 1, 3, 3), once);
  EXPECT_NE(DrawResizedCrop(size, 0.08, true, 2, 2, 3), once);
  EXPECT_NE(DrawResizedCrop(size, 0.08, true, 1, 2, 4), once);
}

TEST(DrawResizedCrop, TakesTheMiddleOfWhatIsTooNarrow) {
  const ImageRegion tall = DrawResizedCrop({1000, 30}, 0.9, false, 1, 1, 1);
  EXPECT_EQ(tall, (ImageRegion{.top = 480, .left = 0, .height = 40, .width = 30}));
  const ImageRegion wide = DrawResizedCrop({30, 1000}, 0.9, false, 1, 1, 1);
  EXPECT_EQ(wide, (ImageRegion{.top = 0, .left = 480, .height = 30, .width = 40}));
  const ImageRegion dot = DrawResizedCrop({1, 1}, 0.08, false, 1, 1, 1);
  EXPECT_EQ(dot.height, 1);
  EXPECT_EQ(dot.width, 1);
}

TEST(CentreCrop, CutsTheMiddleOfTheSmallerImage) {
  // 512 x 256 becomes 512 x 256 (shorter side 256): rows 144 .. 368 and columns 16 .. 240.
  const ImageRegion region = CentreCrop({512, 256}, 224);
  EXPECT_DOUBLE_EQ(region.top, 144);
  EXPECT_DOUBLE_EQ(region.left, 16);
  EXPECT_DOUBLE_EQ(region.height, 224);
  EXPECT_DOUBLE_EQ(region.width, 224);
  EXPECT_TRUE(region.sees_surroundings);
  // Half as large: the same part of it.
  const ImageRegion half = CentreCrop({256, 128}, 224);
  EXPECT_DOUBLE_EQ(half.top, 72);
  EXPECT_DOUBLE_EQ(half.width, 112);
  // 64 of 73, the nearest to 64 * 256 / 224.
  EXPECT_DOUBLE_EQ(CentreCrop({146, 146}, 64).width, 128);
}

}  // namespace
}  // namespace winnow::worker
