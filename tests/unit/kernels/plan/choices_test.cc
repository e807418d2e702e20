#include "kernels/plan/choices.h"

#include <gtest/gtest.h>

namespace winnow::kernels {
namespace {

TEST(Choices, TakesLargeTilesForLargeImagesAndSmallOnesForTiny) {
  for (Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512}) {
    EXPECT_EQ(ChooseVariant({16, 64, 64, 56, 56, 1}, 0.3, isa), WinogradVariant::kF4K3) << IsaName(isa);
    EXPECT_EQ(ChooseVariant({1, 512, 512, 2, 2, 1}, 0.3, isa), WinogradVariant::kF2K3) << IsaName(isa);
  }
}

TEST(Choices, PutsImagesInnermostWhereTheyFillTheLanes) {
  for (int64_t batch : {12, 16, 28, 32, 100}) {
    EXPECT_EQ(ChooseLayout({batch, 3, 3, 8, 8, 1}), TensorLayout::kBlocked16) << batch;
  }
  for (int64_t batch : {1, 8, 11, 17}) EXPECT_EQ(ChooseLayout({batch, 3, 3, 8, 8, 1}), TensorLayout::kNchw) << batch;
}

}  // namespace
}  // namespace winnow::kernels
