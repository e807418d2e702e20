#include "spec/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace winnow::spec {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

DataSet Set(std::string_view name) { return FindDataSet(name).value(); }

Network Net(std::string_view name, double width = 1.0, std::string_view data = "cifar-10") {
  const auto network = FindNetwork(name, width, Set(data));
  EXPECT_TRUE(network) << network.error().ToString();
  return network.value_or(Network{});
}

int64_t SumOfPrunable(const Network& network, int64_t (*count)(const Layer&)) {
  int64_t sum = 0;
  for (const Layer& layer : network.layers) {
    if (layer.prunable()) sum += count(layer);
  }
  return sum;
}

struct Shape {
  std::string name;
  int in, out, kernel, stride, padding, height, width;
  bool bias, prunable;
};

void ExpectShapes(const Network& network, const std::vector<Shape>& shapes) {
  ASSERT_EQ(network.layers.size(), shapes.size());
  for (size_t i = 0; i < shapes.size(); ++i) {
    const Layer& layer = network.layers[i];
    const Shape& shape = shapes[i];
    SCOPED_TRACE(shape.name);
    EXPECT_EQ(layer.name, shape.name);
    EXPECT_EQ(layer.in_channels, shape.in);
    EXPECT_EQ(layer.out_channels, shape.out);
    EXPECT_EQ(layer.kernel, shape.kernel);
    EXPECT_EQ(layer.stride, shape.stride);
    EXPECT_EQ(layer.padding, shape.padding);
    EXPECT_EQ(layer.input_height, shape.height);
    EXPECT_EQ(layer.input_width, shape.width);
    EXPECT_EQ(layer.has_bias, shape.bias);
    EXPECT_EQ(layer.prunable(), shape.prunable);
  }
}

TEST(Network, VggHasTheShapesOfThePaper) {
  ExpectShapes(Net("vgg-nagadomi"), {{"conv0", 3, 64, 3, 1, 1, 32, 32, true, true},
                                     {"conv1", 64, 64, 3, 1, 1, 32, 32, true, true},
                                     {"conv2", 64, 128, 3, 1, 1, 16, 16, true, true},
                                     {"conv3", 128, 128, 3, 1, 1, 16, 16, true, true},
                                     {"conv4", 128, 256, 3, 1, 1, 8, 8, true, true},
                                     {"conv5", 256, 256, 3, 1, 1, 8, 8, true, true},
                                     {"conv6", 256, 256, 3, 1, 1, 8, 8, true, true},
                                     {"conv7", 256, 256, 3, 1, 1, 8, 8, true, true},
                                     {"fc0", 4096, 1024, 1, 1, 0, 1, 1, true, false},
                                     {"fc1", 1024, 1024, 1, 1, 0, 1, 1, true, false},
                                     {"fc2", 1024, 10, 1, 1, 0, 1, 1, true, false}});
}

// The table of layers and work in /work/shared/science/spatial_winograd_pruning.md section 4, which rounds to 0.1 M.
TEST(Network, VggHasTheWorkOfThePaper) {
  const Network vgg = Net("vgg-nagadomi");
  EXPECT_EQ(SumOfPrunable(vgg, [](const Layer& l) { return int64_t{9} * l.in_channels * l.out_channels; }), 2324160);
  EXPECT_NEAR(SumOfPrunable(vgg, [](const Layer& l) { return l.multiplications(); }) / 1e6, 228.3, 0.05);
  EXPECT_NEAR(SumOfPrunable(vgg, [](const Layer& l) { return l.winograd_multiplications(4); }) / 1e6, 57.1, 0.05);
  EXPECT_NEAR(SumOfPrunable(vgg, [](const Layer& l) { return l.winograd_multiplications(2); }) / 1e6, 101.4, 0.1);
}

TEST(Network, VggPoolsAndDropsOutWhereThePaperDoes) {
  const Network vgg = Net("vgg-nagadomi");
  std::vector<std::string> before_pools, before_dropouts;
  std::string layer;
  for (const Node& node : vgg.nodes) {
    if (node.layer >= 0) layer = node.name;
    if (node.op == LayerOp::kMaxPool) before_pools.push_back(layer);
    if (node.op == LayerOp::kDropout && node.probability == 0.5) before_dropouts.push_back(layer);
  }
  EXPECT_THAT(before_pools, ElementsAre("conv1", "conv3", "conv7"));
  EXPECT_THAT(before_dropouts, ElementsAre("fc0", "fc1"));
  EXPECT_EQ(vgg.FindLayer("conv5")->batch_norm, "bn5");
  EXPECT_EQ(vgg.FindLayer("fc0")->batch_norm, "");
}

TEST(Network, WidthScalesEveryChannelCountButImageAndClasses) {
  const Network vgg = Net("vgg-nagadomi", 0.25, "fashion-mnist");
  EXPECT_EQ(vgg.FindLayer("conv0")->in_channels, 1);
  EXPECT_EQ(vgg.FindLayer("conv0")->out_channels, 16);
  EXPECT_EQ(vgg.FindLayer("conv7")->out_channels, 64);
  EXPECT_EQ(vgg.FindLayer("fc0")->in_channels, 64 * 4 * 4);
  EXPECT_EQ(vgg.FindLayer("fc0")->out_channels, 256);
  EXPECT_EQ(vgg.FindLayer("fc2")->out_channels, 10);
  EXPECT_EQ(Net("vgg-nagadomi", 0.001).FindLayer("conv0")->out_channels, 1);   // at least 1
  EXPECT_EQ(Net("vgg-nagadomi", 0.33).FindLayer("conv0")->out_channels, 21);   // 21.12
  EXPECT_EQ(Net("vgg-nagadomi", 0.165).FindLayer("conv0")->out_channels, 11);  // 10.56
}

TEST(Network, LenetHasFourConvolutionsAndTwoLinearLayers) {
  ExpectShapes(Net("lenet-5-3x3", 1.0, "fashion-mnist"), {{"conv0", 1, 16, 3, 1, 1, 32, 32, false, true},
                                                          {"conv1", 16, 16, 3, 1, 1, 32, 32, false, true},
                                                          {"conv2", 16, 32, 3, 1, 1, 16, 16, false, true},
                                                          {"conv3", 32, 32, 3, 1, 1, 16, 16, false, true},
                                                          {"fc0", 32 * 8 * 8, 128, 1, 1, 0, 1, 1, true, false},
                                                          {"fc1", 128, 10, 1, 1, 0, 1, 1, true, false}});
}

TEST(Network, ResnetHasTheNamesAndShapesOfThePublishedWeights) {
  std::vector<Shape> shapes = {{"conv1", 3, 16, 3, 1, 1, 32, 32, false, true}};
  int in = 16;
  int side = 32;
  for (const auto& [group, out] : {std::pair{1, 16}, {2, 32}, {3, 64}}) {
    for (int block = 0; block < 3; ++block) {
      const std::string prefix = "layer" + std::to_string(group) + "." + std::to_string(block) + ".conv";
      const bool halves = group > 1 && block == 0;
      shapes.push_back({prefix + "1", in, out, 3, halves ? 2 : 1, 1, side, side, false, !halves});
      if (halves) side /= 2;
      shapes.push_back({prefix + "2", out, out, 3, 1, 1, side, side, false, true});
      in = out;
    }
  }
  shapes.push_back({"linear", 64, 10, 1, 1, 0, 1, 1, true, false});
  const Network resnet = Net("resnet-20");
  ExpectShapes(resnet, shapes);
  EXPECT_EQ(resnet.FindLayer("conv1")->batch_norm, "bn1");
  EXPECT_EQ(resnet.FindLayer("layer3.2.conv2")->batch_norm, "layer3.2.bn2");
  EXPECT_EQ(resnet.FindLayer("layer3.3.conv1"), nullptr);
}

TEST(Network, Resnet56HasNineBlocksAGroup) {
  const Network resnet = Net("resnet-56");
  EXPECT_EQ(resnet.layers.size(), 56u);
  EXPECT_EQ(resnet.FindLayer("layer3.8.conv2")->batch_norm, "layer3.8.bn2");
  EXPECT_EQ(resnet.FindLayer("layer3.9.conv1"), nullptr);
}

// Section 4 of the same page, at 0.1 M.
TEST(Network, ConvPoolHasTheShapesAndWorkOfThePaper) {
  const Network net = Net("convpool-cnn-c", 1.0, "cifar-100");
  ExpectShapes(net, {{"conv0", 3, 96, 3, 1, 1, 32, 32, true, true},
                     {"conv1", 96, 96, 3, 1, 1, 32, 32, true, true},
                     {"conv2", 96, 96, 3, 1, 1, 32, 32, true, true},
                     {"conv3", 96, 192, 3, 1, 1, 16, 16, true, true},
                     {"conv4", 192, 192, 3, 1, 1, 16, 16, true, true},
                     {"conv5", 192, 192, 3, 1, 1, 16, 16, true, true},
                     {"conv6", 192, 192, 3, 1, 1, 8, 8, true, true},
                     {"conv7", 192, 192, 1, 1, 0, 8, 8, true, false},
                     {"conv8", 192, 100, 1, 1, 0, 8, 8, true, false}});
  EXPECT_EQ(SumOfPrunable(net, [](const Layer& l) { return int64_t{9} * l.in_channels * l.out_channels; }), 1329696);
  EXPECT_NEAR(SumOfPrunable(net, [](const Layer& l) { return l.multiplications(); }) / 1e6, 406.1, 0.05);
  EXPECT_NEAR(SumOfPrunable(net, [](const Layer& l) { return l.winograd_multiplications(4); }) / 1e6, 101.5, 0.05);
  EXPECT_NEAR(SumOfPrunable(net, [](const Layer& l) { return l.winograd_multiplications(2); }) / 1e6, 180.5, 0.1);
  EXPECT_EQ(net.FindLayer("conv7")->batch_norm, "bn7");
  EXPECT_EQ(net.FindLayer("conv8")->batch_norm, "");
}

TEST(Network, Resnet18PoolsInsteadOfStriding) {
  DataSet set = Set("cifar-10");
  set.height = set.width = 224;
  set.classes = 1000;
  const Network net = FindNetwork("resnet-18", 1.0, set).value();
  EXPECT_EQ(SumOfPrunable(net, [](const Layer& l) { return int64_t{9} * l.in_channels * l.out_channels; }), 10985472);
  EXPECT_NEAR(SumOfPrunable(net, [](const Layer& l) { return l.multiplications(); }) / 1e6, 1676, 0.5);
  EXPECT_NEAR(SumOfPrunable(net, [](const Layer& l) { return l.winograd_multiplications(4); }) / 1e6, 481.0, 0.05);
  EXPECT_NEAR(SumOfPrunable(net, [](const Layer& l) { return l.winograd_multiplications(2); }) / 1e6, 800.1, 0.1);
  int prunable = 0;
  for (const Layer& layer : net.layers) {
    prunable += layer.prunable();
    EXPECT_TRUE(layer.kernel != 3 || layer.stride == 1) << layer.name;
  }
  EXPECT_EQ(prunable, 16);
  EXPECT_EQ(net.FindLayer("layer2.0.conv1")->input_height, 28);
  EXPECT_EQ(net.FindLayer("layer2.0.downsample.0")->input_height, 56);
  EXPECT_EQ(net.FindLayer("layer2.0.downsample.0")->batch_norm, "layer2.0.downsample.1");
  EXPECT_EQ(net.FindLayer("fc")->in_channels, 512);
}

TEST(Network, AlexnetHasTorchvisionsShapes) {
  DataSet set = Set("cifar-10");
  set.height = set.width = 224;
  set.classes = 1000;
  const Network net = FindNetwork("alexnet", 1.0, set).value();
  EXPECT_EQ(net.FindLayer("features.3")->input_height, 27);
  EXPECT_EQ(net.FindLayer("features.10")->input_height, 13);
  EXPECT_EQ(net.FindLayer("classifier.1")->in_channels, 256 * 6 * 6);
  EXPECT_FALSE(net.FindLayer("features.3")->prunable());
  const auto small = FindNetwork("alexnet", 1.0, Set("cifar-10"));
  ASSERT_FALSE(small);
  EXPECT_EQ(small.error().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(small.error().message(), HasSubstr("alexnet for the images of cifar-10"));
}

TEST(Network, CountsTilesInPart) {
  Layer layer;
  layer.in_channels = layer.out_channels = 1;
  layer.kernel = 3;
  layer.padding = 1;
  layer.input_height = 7;
  layer.input_width = 9;
  EXPECT_EQ(layer.tiles(4), 2 * 3);
  EXPECT_EQ(layer.tiles(2), 4 * 5);
  EXPECT_EQ(layer.winograd_multiplications(4), 2 * 3 * 36);
  EXPECT_EQ(layer.multiplications(), 7 * 9 * 9);
}

TEST(Network, RefusesAnUnknownNameWithTheNearest) {
  const auto network = FindNetwork("vgg-nagadoni", 1.0, Set("cifar-10"));
  ASSERT_FALSE(network);
  EXPECT_EQ(network.error().code(), StatusCode::kNotFound);
  EXPECT_THAT(network.error().message(), HasSubstr("did you mean \"vgg-nagadomi\"?"));
}

TEST(Network, RefusesAWidthThatTheNetworkDoesNotTake) {
  for (const auto& [name, width] : {std::pair{"vgg-nagadomi", 0.0},
                                    {"vgg-nagadomi", -1.0},
                                    {"vgg-nagadomi", 4.5},
                                    {"resnet-20", 0.5},
                                    {"lenet-5-3x3", 2.0}}) {
    const auto network = FindNetwork(name, width, Set("cifar-10"));
    ASSERT_FALSE(network) << name << " " << width;
    EXPECT_EQ(network.error().code(), StatusCode::kInvalidArgument);
  }
}

TEST(Network, AllNamesAreFound) {
  for (const std::string& name : NetworkNames()) {
    for (const DataSet& set : DataSets()) {
      EXPECT_EQ(FindNetwork(name, 1.0, set).has_value(), name != "alexnet") << name;  // too small for it
    }
  }
}

}  // namespace
}  // namespace winnow::spec
