#include "kernels/shape/conv_shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/shape/tile_grid.h"

namespace winnow::kernels {
namespace {

using testing::HasSubstr;

constexpr ConvShape kGood{2, 3, 5, 7, 11, 1};

TEST(ConvShape, KnowsItsSizes) {
  EXPECT_TRUE(kGood.Validate().ok());
  EXPECT_EQ(kGood.OutHeight(), 7);
  EXPECT_EQ(kGood.OutWidth(), 11);
  EXPECT_EQ(kGood.InputSize(), 2 * 3 * 7 * 11);
  EXPECT_EQ(kGood.OutputSize(), 2 * 5 * 7 * 11);
  EXPECT_EQ(kGood.DirectMultiplications(), 2 * 5 * 7 * 11 * 3 * 9);
  EXPECT_EQ(kGood.ToString(), "n2 c3 k5 h7 w11 p1");
}

TEST(ConvShape, NamesEveryFault) {
  struct Case {
    ConvShape shape;
    const char* word;
  };
  const Case cases[] = {
      {{0, 1, 1, 4, 4, 1}, "batch"},
      {{1, 0, 1, 4, 4, 1}, "in_channels"},
      {{1, 1, 0, 4, 4, 1}, "out_channels"},
      {{1, 1, 1, 0, 4, 1}, "height"},
      {{1, 1, 1, 4, -1, 1}, "width"},
      {{1, 1, 1, 4, 4, -1}, "padding"},
      {{1, 1, 1, 2, 4, 0}, "does not fit"},
      {{1, 1, 1, 4, 2, 0}, "does not fit"},
      {{int64_t{1} << 30, int64_t{1} << 30, 1, 4, 4, 1}, "2^40"},
      {{1, 1, int64_t{1} << 39, 4, 4, 1}, "2^40"},
      {{1, 1, 1, int64_t{1} << 62, 4, 1}, "2^40"},
      {{1, 1, 1, 4, 4, int64_t{1} << 62}, "2^40"},
      {{1, 1, 1, 4, 4, int64_t{1} << 30}, "2^40"},
  };
  for (const Case& c : cases) {
    const Status status = c.shape.Validate();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << c.word;
    EXPECT_THAT(status.message(), HasSubstr(c.word));
  }
}

TEST(TileGrid, CoversTheOutput) {
  const TileGrid f4 = MakeTileGrid(kGood, 4);
  EXPECT_EQ(f4.high, 2);
  EXPECT_EQ(f4.wide, 3);
  EXPECT_EQ(f4.Total(), 12);
  const TileGrid f2 = MakeTileGrid(kGood, 2);
  EXPECT_EQ(f2.PerImage(), 4 * 6);
}

}  // namespace
}  // namespace winnow::kernels
