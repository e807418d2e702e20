#include "worker/nn/net.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spec/data_set.h"
#include "tests/unit/worker/nn/random_tensor.h"

namespace winnow::worker {
namespace {

using ::testing::ElementsAre;

struct Case {
  const char* network;
  double width;
  const char* data_set;
};
void PrintTo(const Case& c, std::ostream* to) { *to << c.network << " " << c.width << " " << c.data_set; }

class NetTest : public ::testing::TestWithParam<Case> {
 protected:
  spec::DataSet data_set_ = *spec::FindDataSet(GetParam().data_set);
  spec::Network network_ = *spec::FindNetwork(GetParam().network, GetParam().width, data_set_);
  torch::Tensor Images(int64_t count) {
    return RandomTensor({count, data_set_.channels, data_set_.height, data_set_.width}, 1);
  }
};

// What the catalogue promises, name by name and shape by shape, and nothing besides.
TEST_P(NetTest, HasTheParametersOfTheCatalogue) {
  std::map<std::string, std::vector<int64_t>> expected;
  for (const spec::Layer& layer : network_.layers) {
    std::vector<int64_t> shape{layer.out_channels, layer.in_channels};
    if (layer.kind == spec::LayerKind::kConv) shape.insert(shape.end(), {layer.kernel, layer.kernel});
    expected[layer.name + ".weight"] = shape;
    if (layer.has_bias) expected[layer.name + ".bias"] = {layer.out_channels};
    if (!layer.batch_norm.empty()) {
      expected[layer.batch_norm + ".weight"] = {layer.out_channels};
      expected[layer.batch_norm + ".bias"] = {layer.out_channels};
    }
  }
  std::map<std::string, std::vector<int64_t>> found;
  for (const auto& item : (*MakeNet(network_, 1))->named_parameters()) found[item.key()] = item.value().sizes().vec();
  EXPECT_EQ(found, expected);
}

TEST_P(NetTest, LayersSeeTheSizesOfTheCatalogue) {
  const auto net = *MakeNet(network_, 1);
  net->eval();
  torch::NoGradGuard no_grad;
  EXPECT_EQ(net->forward(Images(2)).sizes(), (std::vector<int64_t>{2, network_.classes}));
}

TEST_P(NetTest, InitialWeightsAreAFunctionOfTheSeed) {
  const auto net = *MakeNet(network_, 1), same = *MakeNet(network_, 1), other = *MakeNet(network_, 2);
  const auto other_parameters = other->named_parameters();
  for (const auto& item : net->named_parameters()) {
    EXPECT_TRUE(torch::equal(item.value(), same->named_parameters()[item.key()])) << item.key();
    if (item.value().dim() > 1) {
      EXPECT_FALSE(torch::equal(item.value(), other_parameters[item.key()])) << item.key();
    }
  }
  for (ConvUnit* unit : net->Convs()) {
    const spec::Layer& layer = unit->layer();
    const torch::Tensor& kernel = unit->conv().kernel();
    const double deviation = std::sqrt(2.0 / (layer.in_channels * layer.kernel * layer.kernel));
    const auto count = static_cast<double>(kernel.numel());
    // Five deviations of the mean, and of the variance of a normal distribution.
    EXPECT_NEAR(kernel.mean().item<double>(), 0.0, 5.0 * deviation / std::sqrt(count)) << unit->name();
    EXPECT_NEAR(kernel.pow(2).mean().item<double>(), deviation * deviation,
                5.0 * deviation * deviation * std::sqrt(2.0 / count))
        << unit->name();
  }
}

TEST_P(NetTest, StepsRepeatBitForBit) {
  std::vector<torch::Tensor> losses, kernels;
  for (int run = 0; run < 2; ++run) {
    const auto net = *MakeNet(network_, 1);
    net->train();
    torch::optim::SGD optimizer(net->parameters(), torch::optim::SGDOptions(0.05).momentum(0.9));
    for (uint64_t step = 0; step < 2; ++step) {
      net->SetDropoutStep(7, step);
      optimizer.zero_grad();
      torch::Tensor loss = torch::nn::functional::cross_entropy(
          net->forward(Images(8)), torch::arange(8, torch::kInt64).remainder(network_.classes));
      loss.backward();
      optimizer.step();
      losses.push_back(loss.detach());
    }
    kernels.push_back(net->Convs().back()->conv().kernel().detach().clone());
  }
  EXPECT_TRUE(torch::equal(losses[0], losses[2]));
  EXPECT_TRUE(torch::equal(losses[1], losses[3]));
  EXPECT_TRUE(torch::equal(kernels[0], kernels[1]));
  EXPECT_FALSE(torch::equal(losses[0], losses[1]));
}

TEST_P(NetTest, EveryParameterGetsAGradient) {
  const auto net = *MakeNet(network_, 1);
  net->train();
  net->forward(Images(8)).square().sum().backward();
  for (const auto& item : net->named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_TRUE(torch::isfinite(item.value().grad()).all().item<bool>()) << item.key();
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, NetTest,
                         ::testing::Values(Case{"vgg-nagadomi", 0.25, "fashion-mnist"},
                                           Case{"vgg-nagadomi", 0.1, "cifar-10"},
                                           Case{"lenet-5-3x3", 1.0, "fashion-mnist"},
                                           Case{"lenet-5-3x3", 1.0, "cifar-10"}, Case{"resnet-20", 1.0, "cifar-10"},
                                           Case{"resnet-56", 1.0, "cifar-10"}, Case{"resnet-18", 0.25, "cifar-100"},
                                           Case{"convpool-cnn-c", 0.25, "cifar-100"}));

TEST(Net, PrunableLeavesOutStridesAndWhatIsExcluded) {
  const auto resnet = *MakeNet(*spec::FindNetwork("resnet-20", 1.0, *spec::FindDataSet("cifar-10")), 1);
  EXPECT_EQ(resnet->Convs().size(), 19u);
  EXPECT_EQ(resnet->Prunable().size(), 17u);
  const std::vector<std::string> exclude{"conv1", "layer3.2.conv2"};
  EXPECT_EQ(resnet->Prunable(exclude).size(), 15u);
  EXPECT_EQ(resnet->FindConv("layer3.2.conv2")->name(), "layer3.2.conv2");
  EXPECT_EQ(resnet->FindConv("layer9"), nullptr);
}

TEST(Net, SetsTheMomentumOfEveryBatchNorm) {
  const auto net = *MakeNet(*spec::FindNetwork("lenet-5-3x3", 1.0, *spec::FindDataSet("cifar-10")), 1);
  net->train();
  net->SetBatchNormMomentum(1.0);  // the running mean becomes the batch's
  torch::NoGradGuard no_grad;
  const torch::Tensor images = RandomTensor({16, 3, 32, 32}, 4);
  net->forward(images);
  ConvUnit& first = *net->FindConv("conv0");
  const torch::Tensor activations = torch::conv2d(images, first.conv().kernel(), first.conv().bias(), 1, 1);
  EXPECT_LT(MaxRelativeError(first.batch_norm()->running_mean, activations.mean({0, 2, 3})), 1e-4);
}

TEST(MakeNet, RefusesANetworkWithoutOperations) {
  spec::Network network;
  network.name = "nothing";
  const auto net = MakeNet(network, 1);
  ASSERT_FALSE(net);
  EXPECT_EQ(net.error().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(net.error().message(), ::testing::HasSubstr("nothing"));
}

}  // namespace
}  // namespace winnow::worker
