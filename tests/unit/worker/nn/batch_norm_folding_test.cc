// Folding batch norms into convolutions for deployment.
#include <gtest/gtest.h>

#include "spec/data_set.h"
#include "tests/unit/worker/nn/random_tensor.h"
#include "worker/nn/net.h"
#include "worker/pruning/winograd_mask.h"

namespace winnow::worker {
namespace {

// A net whose batch norms are far from the identity.
std::shared_ptr<Net> Trained(const std::string& name, int tile_size) {
  auto net = *MakeNet(*spec::FindNetwork(name, 1.0, *spec::FindDataSet("cifar-10")), 3);
  torch::NoGradGuard no_grad;
  uint64_t seed = 10;
  for (ConvUnit* unit : net->Convs()) {
    const int64_t channels = unit->conv().geometry().out_channels;
    unit->batch_norm()->weight.copy_(RandomTensor({channels}, ++seed) + 1.5f);
    unit->batch_norm()->bias.copy_(RandomTensor({channels}, ++seed));
    unit->batch_norm()->running_mean.copy_(RandomTensor({channels}, ++seed));
    unit->batch_norm()->running_var.copy_(RandomTensor({channels}, ++seed) + 1.2f);
    if (tile_size != 0 && unit->prunable()) {
      EXPECT_TRUE(ConvertToWinograd(*unit, tile_size).ok());
    }
  }
  net->eval();
  return net;
}

class Folding : public ::testing::TestWithParam<std::tuple<const char*, int>> {
 protected:
  std::shared_ptr<Net> Make() { return Trained(std::get<0>(GetParam()), std::get<1>(GetParam())); }
};

TEST_P(Folding, KeepsTheOutput) {
  const auto net = Make();
  torch::NoGradGuard no_grad;
  const torch::Tensor images = RandomTensor({4, 3, 32, 32}, 1);
  const torch::Tensor before = net->forward(images);
  FoldBatchNorm(*net);
  EXPECT_LT(MaxRelativeError(net->forward(images), before), 1e-4);
}

TEST_P(Folding, TakesTheBatchNormsOutAndPutsBiasesIn) {
  const auto net = Make();
  FoldBatchNorm(*net);
  for (const auto& item : net->named_parameters()) EXPECT_EQ(item.key().find("bn"), std::string::npos) << item.key();
  for (ConvUnit* unit : net->Convs()) {
    EXPECT_FALSE(unit->has_batch_norm());
    EXPECT_TRUE(net->named_parameters().contains(unit->name() + ".bias"));
  }
}

INSTANTIATE_TEST_SUITE_P(Nets, Folding,
                         ::testing::Values(std::tuple("lenet-5-3x3", 0), std::tuple("lenet-5-3x3", 4),
                                           std::tuple("vgg-nagadomi", 2), std::tuple("resnet-20", 4)));

TEST(FoldedConv, KeepsZerosAndNothingElseBecomesOne) {
  const auto net = Trained("lenet-5-3x3", 4);
  ConvUnit& unit = *net->FindConv("conv2");
  torch::NoGradGuard no_grad;
  torch::Tensor& kernel = unit.conv().kernel();
  const WinogradMask mask = PruneWinograd(
      std::span<const float>(kernel.data_ptr<float>(), static_cast<size_t>(kernel.numel())), 0.7, 4, true);
  for (size_t i = 0; i < mask.kept.size(); ++i) kernel.data_ptr<float>()[i] *= mask.kept[i];
  const FoldedConv folded = unit.Folded();
  EXPECT_TRUE(torch::equal(folded.kernel == 0, kernel == 0));
  EXPECT_EQ((folded.kernel == 0).sum().item<int64_t>(), mask.pruned);
  EXPECT_FALSE(folded.kernel.is_same(kernel));
  EXPECT_TRUE(unit.has_batch_norm()) << "Folded() only looks";
}

}  // namespace
}  // namespace winnow::worker
