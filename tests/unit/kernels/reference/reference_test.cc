#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/reference/direct_conv.h"
#include "kernels/reference/winograd_conv.h"
#include "kernels/transforms/filter_transform.h"
#include "tests/unit/kernels/random_floats.h"

namespace winnow::kernels {
namespace {

TEST(DirectConv, SumsWhatAHandWould) {
  // 1 2     filter 1 .. 9, padding 1: every output sees the whole image.
  // 3 4
  const ConvShape shape{1, 1, 1, 2, 2, 1};
  const std::vector<float> input = {1, 2, 3, 4};
  const std::vector<float> w = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  const std::vector<float> bias = {100};
  EXPECT_EQ(DirectConv(shape, input, w, bias),
            (std::vector<double>{100 + 5 + 2 * 6 + 3 * 8 + 4 * 9, 100 + 4 + 2 * 5 + 3 * 7 + 4 * 8,
                                 100 + 2 + 2 * 3 + 3 * 5 + 4 * 6, 100 + 1 + 2 * 2 + 3 * 4 + 4 * 5}));
}

TEST(ReferenceWinogradConv, IsTheDirectConvolutionForUnprunedFilters) {
  for (WinogradVariant variant : kAllVariants) {
    for (const ConvShape& shape :
         {ConvShape{2, 3, 4, 5, 9, 1}, ConvShape{1, 1, 2, 3, 3, 0}, ConvShape{1, 2, 1, 1, 4, 2}}) {
      const std::vector<float> input = RandomFloats(shape.InputSize(), 21);
      const std::vector<float> w = RandomFloats(shape.FilterSize(), 22);
      const std::vector<float> bias = RandomFloats(shape.out_channels, 23);
      const int64_t filters = shape.out_channels * shape.in_channels;
      std::vector<float> q(filters * Positions(variant));
      FilterTransform(variant, filters, w, q);
      const std::vector<double> expected = DirectConv(shape, input, w, bias);
      const std::vector<double> actual = ReferenceWinogradConv(shape, variant, input, q, bias);
      ASSERT_EQ(actual.size(), expected.size());
      for (size_t i = 0; i < expected.size(); ++i) {
        // Only q was rounded to float.
        EXPECT_NEAR(actual[i], expected[i], 1e-4) << shape.ToString() << " at " << i;
      }
    }
  }
}

}  // namespace
}  // namespace winnow::kernels
