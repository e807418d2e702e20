#include "worker/training/kernel_masks.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/worker/training/tiny_training.h"

namespace winnow::worker {
namespace {

std::vector<uint8_t> EveryThird(int64_t count) {
  std::vector<uint8_t> kept(static_cast<size_t>(count));
  for (size_t i = 0; i < kept.size(); ++i) kept[i] = i % 3 != 0;
  return kept;
}

TEST(KernelMasks, HoldsPrunedWeightsAtPlusZeroAndLeavesTheOthers) {
  const std::shared_ptr<Net> net = TinyNet(1);
  const torch::Tensor& kernel = net->FindConv("conv1")->conv().kernel();
  const torch::Tensor before = kernel.detach().clone();
  KernelMasks masks;
  ASSERT_TRUE(masks.Set(*net, "conv1", EveryThird(kernel.numel())).ok());
  masks.Hold(*net);
  const float* now = kernel.data_ptr<float>();
  const float* old = before.data_ptr<float>();
  for (int64_t i = 0; i < kernel.numel(); ++i) {
    ASSERT_EQ(now[i], i % 3 == 0 ? 0.0F : old[i]) << i;
    ASSERT_FALSE(i % 3 == 0 && std::signbit(now[i])) << "-0 at " << i;
  }
}

TEST(KernelMasks, RefusesUnknownLayersAndOtherSizes) {
  const std::shared_ptr<Net> net = TinyNet(1);
  KernelMasks masks;
  EXPECT_EQ(masks.Set(*net, "conv9", EveryThird(9)).code(), StatusCode::kNotFound);
  EXPECT_EQ(masks.Set(*net, "conv1", EveryThird(9)).code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(masks.empty());
}

TEST(KernelMasks, KnowsItsSavedForm) {
  const std::shared_ptr<Net> net = TinyNet(1);
  const int64_t count = net->FindConv("conv1")->conv().kernel().numel();
  KernelMasks masks, others;
  ASSERT_TRUE(masks.Set(*net, "conv1", EveryThird(count)).ok());
  ASSERT_TRUE(others.Set(*net, "conv1", std::vector<uint8_t>(static_cast<size_t>(count), 1)).ok());
  EXPECT_TRUE(masks.SameAs(masks.Kept()));
  EXPECT_FALSE(masks.SameAs(others.Kept()));
  EXPECT_FALSE(masks.SameAs({}));
}

}  // namespace
}  // namespace winnow::worker
