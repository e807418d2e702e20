// Conversion into the Winograd domain: zeros, outputs, refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spec/data_set.h"
#include "tests/unit/worker/nn/random_tensor.h"
#include "worker/nn/net.h"
#include "worker/nn/winograd_conv2d.h"
#include "worker/pruning/spatial_groups.h"

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<Net> Make(const std::string& name, uint64_t seed) {
  return *MakeNet(*spec::FindNetwork(name, 1.0, *spec::FindDataSet("cifar-10")), seed);
}

std::span<const float> SpanOf(const torch::Tensor& tensor) {
  return std::span(tensor.data_ptr<float>(), static_cast<size_t>(tensor.numel()));
}

class Conversion : public ::testing::TestWithParam<int> {};

TEST_P(Conversion, KeepsEveryZeroThatSpatialPruningPromised) {
  torch::Tensor weight = RandomTensor({24, 16, 3, 3}, 1);
  const ThresholdChoice choice = ChooseThreshold(SpanOf(weight), 0.6, GetParam());
  const std::vector<uint8_t> mask = SpatialMask(SpanOf(weight), choice.threshold);
  for (size_t i = 0; i < mask.size(); ++i) weight.data_ptr<float>()[i] *= mask[i];
  const torch::Tensor q = ToWinogradDomain(weight, GetParam());
  EXPECT_EQ((q == 0).sum().item<int64_t>(), CountWinogradZeros(SpanOf(weight), GetParam()));
  EXPECT_DOUBLE_EQ((q == 0).to(torch::kFloat64).mean().item<double>(), choice.reached);
}

TEST_P(Conversion, KeepsTheOutputOfTheNet) {
  for (const char* name : {"lenet-5-3x3", "resnet-20"}) {
    SCOPED_TRACE(name);
    const auto net = Make(name, 5);
    net->eval();
    torch::NoGradGuard no_grad;
    const torch::Tensor images = RandomTensor({4, 3, 32, 32}, 6);
    const torch::Tensor before = net->forward(images);
    for (ConvUnit* unit : net->Prunable()) ASSERT_TRUE(ConvertToWinograd(*unit, GetParam()).ok());
    EXPECT_LT(MaxRelativeError(net->forward(images), before), 1e-4);
    for (ConvUnit* unit : net->Convs()) EXPECT_EQ(unit->conv().tile_size(), unit->prunable() ? GetParam() : 0);
  }
}

TEST_P(Conversion, PutsTheNewWeightsInThePlaceOfTheOld) {
  const auto net = Make("lenet-5-3x3", 5);
  ASSERT_TRUE(ConvertToWinograd(*net->FindConv("conv1"), GetParam()).ok());
  const auto parameters = net->named_parameters();
  EXPECT_FALSE(parameters.contains("conv1.weight"));
  ASSERT_TRUE(parameters.contains("conv1.winograd_weight"));
  EXPECT_EQ(parameters["conv1.winograd_weight"].size(2), GetParam() + 2);
  EXPECT_TRUE(parameters["conv1.winograd_weight"].requires_grad());
  EXPECT_TRUE(parameters["conv1.winograd_weight"].is_same(net->FindConv("conv1")->conv().kernel()));
}

INSTANTIATE_TEST_SUITE_P(TileSizes, Conversion, ::testing::Values(2, 4));

TEST(ConvertToWinograd, TwiceIsOnce) {
  const auto net = Make("lenet-5-3x3", 5);
  ConvUnit& unit = *net->FindConv("conv1");
  ASSERT_TRUE(ConvertToWinograd(unit, 4).ok());
  const torch::Tensor kernel = unit.conv().kernel();
  EXPECT_TRUE(ConvertToWinograd(unit, 4).ok());
  EXPECT_TRUE(kernel.is_same(unit.conv().kernel()));
}

TEST(ConvertToWinograd, RefusesWhatCannotBe) {
  const auto net = Make("resnet-20", 5);
  const Status strided = ConvertToWinograd(*net->FindConv("layer2.0.conv1"), 4);
  EXPECT_EQ(strided.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(strided.message(), HasSubstr("layer2.0.conv1"));
  EXPECT_EQ(ConvertToWinograd(*net->FindConv("conv1"), 3).code(), StatusCode::kInvalidArgument);
  ASSERT_TRUE(ConvertToWinograd(*net->FindConv("conv1"), 2).ok());
  EXPECT_THAT(ConvertToWinograd(*net->FindConv("conv1"), 4).message(), HasSubstr("already"));
}

}  // namespace
}  // namespace winnow::worker
