#include "kernels/direct/direct_layer.h"

#include <gtest/gtest.h>

namespace winnow::kernels {
namespace {

TEST(DirectCuts, GiveEveryThreadAnItemWhereThereIsWork) {
  const ConvShape small{1, 512, 48, 2, 7, 1};  // two rows, six blocks of output channels
  EXPECT_EQ(ChooseDirectCuts(small, TensorLayout::kNchw, Isa::kAvx512, 1).Items(), 1);
  EXPECT_EQ(ChooseDirectCuts(small, TensorLayout::kNchw, Isa::kAvx512, 2).strips, 2);
  EXPECT_EQ(ChooseDirectCuts(small, TensorLayout::kNchw, Isa::kAvx512, 2).channel_parts, 1);
  EXPECT_EQ(ChooseDirectCuts(small, TensorLayout::kNchw, Isa::kAvx512, 8).channel_parts, 4);
  EXPECT_EQ(ChooseDirectCuts(small, TensorLayout::kNchw, Isa::kAvx512, 64).Items(), 12) << "there are no more";
  const ConvShape many{64, 3, 8, 32, 32, 1};
  EXPECT_EQ(ChooseDirectCuts(many, TensorLayout::kNchw, Isa::kAvx512, 8).Items(), 64);
}

TEST(DirectCuts, KeepStripsInTheCache) {
  const DirectCuts cuts = ChooseDirectCuts({1, 64, 64, 224, 224, 1}, TensorLayout::kNchw, Isa::kAvx512, 1);
  EXPECT_LE(64 * (cuts.strip_rows + 2) * 226 * 4, 240 * 1024);
  EXPECT_EQ(cuts.strips, (224 + cuts.strip_rows - 1) / cuts.strip_rows);
  EXPECT_EQ(ChooseDirectCuts({1, 3, 64, 32, 32, 1}, TensorLayout::kNchw, Isa::kAvx512, 1).strips, 1);
}

TEST(DirectCuts, FillVectorsByRowsOrAcrossThem) {
  const auto vectors = [](const ConvShape& shape, TensorLayout layout) {
    return DirectVectors(shape, ChooseDirectCuts(shape, layout, Isa::kAvx512, 1), Isa::kAvx512);
  };
  EXPECT_EQ(vectors({1, 3, 8, 32, 32, 1}, TensorLayout::kNchw), 64);      // two a row
  EXPECT_EQ(vectors({1, 3, 8, 7, 7, 1}, TensorLayout::kNchw), 4);         // 61 pixels with the padding between rows
  EXPECT_EQ(vectors({16, 3, 8, 7, 7, 1}, TensorLayout::kBlocked16), 49);  // a pixel each
  EXPECT_EQ(vectors({17, 3, 8, 7, 7, 1}, TensorLayout::kBlocked16), 98);
}

}  // namespace
}  // namespace winnow::kernels
