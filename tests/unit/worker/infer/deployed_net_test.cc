#include "worker/infer/deployed_net.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/tuning/kernel_tuner.h"
#include "spec/data_set.h"
#include "tests/unit/worker/infer/pruned_net.h"
#include "worker/bench/whole_net.h"
#include "worker/nn/image_layout.h"
#include "worker/nn/max_pool.h"

namespace winnow::worker {
namespace {

using ::testing::Contains;
using ::testing::Not;
using ::testing::SizeIs;

class DeployedNetTest : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

// Batches below, at and beyond one block of the blocked layout, which the larger ones go through.
TEST_P(DeployedNetTest, AnswersAsThePrunedNetDoes) {
  const auto& [model, data_set] = GetParam();
  for (const int tile_size : {2, 4}) {
    for (const int64_t batch : {1, 5, 12, 16, 19}) {
      SCOPED_TRACE(testing::Message() << model << " tile size " << tile_size << " batch " << batch);
      const double width = std::string(model) == "vgg-nagadomi" ? 0.125 : 1.0;
      const std::shared_ptr<Net> net = RandomNet(model, width, data_set);
      Prune(*net, tile_size);
      const torch::Tensor images = Images(*net, batch);
      torch::Tensor expected;
      {
        torch::InferenceMode inference;
        expected = net->forward(images);
      }
      auto deployed = DeployedNet::Make(net, tile_size);
      ASSERT_TRUE(deployed);
      EXPECT_THAT(deployed->ours(), SizeIs(net->Prunable().size()));
      const torch::Tensor logits = deployed->Run(images);
      ASSERT_EQ(logits.sizes(), expected.sizes());
      EXPECT_LT(RelativeDifference(logits, expected), 1e-4);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, DeployedNetTest,
                         ::testing::Values(std::pair("vgg-nagadomi", "cifar-10"),
                                           std::pair("lenet-5-3x3", "fashion-mnist"),
                                           std::pair("resnet-20", "cifar-10")));

TEST(DeployedNet, LeavesDenseLayersToLibTorch) {
  const std::shared_ptr<Net> net = RandomNet("lenet-5-3x3", 1.0, "fashion-mnist");
  Prune(*net, 4, {"conv0", "conv2"});
  const torch::Tensor images = Images(*net, 16);
  torch::Tensor expected;
  {
    torch::InferenceMode inference;
    expected = net->forward(images);
  }
  auto deployed = DeployedNet::Make(net, 4);
  ASSERT_TRUE(deployed);
  EXPECT_THAT(deployed->ours(), Not(Contains("conv0")));
  EXPECT_THAT(deployed->ours(), SizeIs(2));
  EXPECT_LT(RelativeDifference(deployed->Run(images), expected), 1e-4);
}

TEST(DeployedNet, SaysWhichLayersAreTuned) {
  const std::shared_ptr<Net> net = RandomNet("lenet-5-3x3", 1.0, "fashion-mnist");
  Prune(*net, 4, {"conv0"});
  const torch::Tensor images = Images(*net, 2);
  torch::Tensor expected;
  {
    torch::InferenceMode inference;
    expected = net->forward(images);
  }
  const auto tuner = std::make_shared<kernels::KernelTuner>(
      kernels::KernelTuner::WithoutFile("here", {.budget_ms = 1e4, .rounds = 3}).value());
  auto deployed = DeployedNet::Make(net, 4);
  ASSERT_TRUE(deployed);
  deployed->UseTuner(tuner);
  EXPECT_THAT(deployed->Tuned(), SizeIs(0)) << "before an image was seen";
  EXPECT_LT(RelativeDifference(deployed->Run(images), expected), 1e-4);
  EXPECT_EQ(deployed->Tuned(), deployed->ours());
}

TEST(DeployedNet, TunesNothingUnasked) {
  const std::shared_ptr<Net> net = RandomNet("lenet-5-3x3", 1.0, "fashion-mnist");
  Prune(*net, 4);
  auto deployed = DeployedNet::Make(net, 4);
  ASSERT_TRUE(deployed);
  deployed->Run(Images(*net, 2));
  EXPECT_THAT(deployed->Tuned(), SizeIs(0));
}

// The peers compute what they say they do.
TEST(DenseNets, AgreeWithEachOther) {
  for (const auto& [model, data_set] :
       {std::pair("vgg-nagadomi", "cifar-10"), std::pair("lenet-5-3x3", "fashion-mnist"),
        std::pair("resnet-20", "cifar-10")}) {
    const double width = std::string(model) == "vgg-nagadomi" ? 0.25 : 1.0;
    const torch::Tensor images = Images(*RandomNet(model, width, data_set), 3);
    auto torch_net = MakeDenseNet("torch", RandomNet(model, width, data_set), images);
    auto onednn_net = MakeDenseNet("onednn", RandomNet(model, width, data_set), images);
    ASSERT_TRUE(torch_net);
    (*torch_net)->Run();
    if (!onednn_net && onednn_net.error().code() == StatusCode::kUnimplemented) GTEST_SKIP() << "no oneDNN";
    ASSERT_TRUE(onednn_net) << onednn_net.error().ToString();
    for (int run = 0; run < 2; ++run) {  // the second finds what the first left
      (*onednn_net)->Run();
      EXPECT_LT(RelativeDifference((*onednn_net)->logits(), (*torch_net)->logits()), 1e-4) << model;
    }
  }
  EXPECT_EQ(MakeDenseNet("tvm", RandomNet("resnet-20", 1, "cifar-10"), {}).error().code(),
            StatusCode::kInvalidArgument);
}

TEST(ImageLayout, GoesThereAndBack) {
  const torch::Tensor images = torch::randn({19, 3, 4, 6});
  const torch::Tensor blocked = BlockedFrom(images);
  EXPECT_EQ(blocked.sizes(), torch::IntArrayRef({2, 3, 4, 6, 16}));
  EXPECT_TRUE(NchwFrom(blocked).slice(0, 0, 19).equal(images));
  EXPECT_TRUE(NchwFrom(MaxPool2x2(blocked)).slice(0, 0, 19).equal(MaxPool2x2(images)));
}

}  // namespace
}  // namespace winnow::worker
