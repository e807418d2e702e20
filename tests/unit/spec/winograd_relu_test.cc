#include "spec/winograd_relu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "spec/data_set.h"
#include "spec/stage_parameters.h"

namespace winnow::spec {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Network Found(const std::string& name, const char* data_set) { return *FindNetwork(name, 1.0, *FindDataSet(data_set)); }

// "conv2 < maxpool < bn1": the kinds of the nodes from a convolution up to the next batch norm or sum, by name or kind.
std::string WayUp(const Network& network, const std::string& conv) {
  const auto layer = std::find_if(network.nodes.begin(), network.nodes.end(), [&](const Node& node) {
    return node.op == LayerOp::kConv && network.layers[static_cast<size_t>(node.layer)].name == conv;
  });
  std::string text = conv;
  int node = layer->inputs.front();
  while (node != Node::kImage) {
    const Node& at = network.nodes[static_cast<size_t>(node)];
    text += " < " + std::string(LayerOpName(at.op));
    if (at.op == LayerOp::kBatchNorm || at.op == LayerOp::kAdd || at.op == LayerOp::kConv) return text;
    node = at.inputs.front();
  }
  return text + " < image";
}

size_t Relus(const Network& network) {
  return static_cast<size_t>(std::count_if(network.nodes.begin(), network.nodes.end(),
                                           [](const Node& node) { return node.op == LayerOp::kRelu; }));
}

TEST(WinogradRelu, MovesIntoEveryConvolutionBehindARelu) {
  const Network vgg = Found("vgg-nagadomi", "cifar-10");
  const std::vector<std::string> layers = WinogradReluLayers(vgg, {});
  EXPECT_THAT(layers, ElementsAre("conv1", "conv2", "conv3", "conv4", "conv5", "conv6", "conv7"));
  const Network changed = *WithWinogradRelu(vgg, layers);
  EXPECT_EQ(Relus(vgg), 10u);
  EXPECT_EQ(Relus(changed), 3u);  // of the last convolution and the two linear layers
  EXPECT_EQ(WayUp(vgg, "conv2"), "conv2 < max_pool < relu < batch_norm");
  EXPECT_EQ(WayUp(changed, "conv2"), "conv2 < max_pool < batch_norm");
  EXPECT_EQ(WayUp(changed, "conv1"), "conv1 < batch_norm");
  EXPECT_FALSE(changed.FindLayer("conv0")->winograd_relu);
  EXPECT_TRUE(changed.FindLayer("conv7")->winograd_relu);
  EXPECT_EQ(changed.nodes.back(), [&] {  // the logits, from the same layer
    Node node = vgg.nodes.back();
    node.inputs = changed.nodes.back().inputs;
    return node;
  }());
  for (size_t i = 0; i < changed.nodes.size(); ++i) {
    for (const int input : changed.nodes[i].inputs) EXPECT_LT(input, static_cast<int>(i));
  }
}

TEST(WinogradRelu, StaysOutOfExcludedLayers) {
  const Network lenet = Found("lenet-5-3x3", "fashion-mnist");
  EXPECT_THAT(WinogradReluLayers(lenet, {"conv2"}), ElementsAre("conv1", "conv3"));
  const Network changed = *WithWinogradRelu(lenet, {"conv1", "conv3"});
  EXPECT_EQ(WayUp(changed, "conv2"), "conv2 < max_pool < relu < batch_norm");
}

// Others that take the ReLU's output, a sum or a convolution of stride 2, keep it.
TEST(WinogradRelu, LeavesTheReluToShortcuts) {
  const Network resnet = Found("resnet-20", "cifar-10");
  const std::vector<std::string> layers = WinogradReluLayers(resnet, {});
  EXPECT_EQ(layers.size(), 16u);  // 19 convolutions without the first and the two of stride 2
  const Network changed = *WithWinogradRelu(resnet, layers);
  EXPECT_EQ(WayUp(changed, "layer1.1.conv1"), "layer1.1.conv1 < add");
  EXPECT_EQ(WayUp(changed, "layer1.1.conv2"), "layer1.1.conv2 < batch_norm");
  EXPECT_EQ(WayUp(changed, "layer2.0.conv1"), "layer2.0.conv1 < relu < add");
  EXPECT_EQ(Relus(resnet), 19u);
  EXPECT_EQ(Relus(changed), 1u + 9u);  // of the first convolution and of the nine sums, for the shortcuts
}

TEST(WinogradRelu, RefusesLayersWithoutOne) {
  const Network lenet = Found("lenet-5-3x3", "fashion-mnist");
  for (const char* name : {"conv0", "fc0", "conv9"}) {
    const Result<Network> changed = WithWinogradRelu(lenet, {"conv1", name});
    ASSERT_FALSE(changed) << name;
    EXPECT_EQ(changed.error().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(changed.error().message(), HasSubstr("\"" + std::string(name) + "\" of lenet-5-3x3 cannot have"));
  }
}

TEST(WinogradRelu, OfNoLayersChangesNothing) {
  const Network lenet = Found("lenet-5-3x3", "fashion-mnist");
  const Network same = *WithWinogradRelu(lenet, {});
  EXPECT_EQ(same.nodes, lenet.nodes);
  EXPECT_EQ(same.layers, lenet.layers);
}

TEST(WinogradRelu, IsPartOfTheModelOfAStage) {
  ModelParameters model{.name = "lenet-5-3x3"};
  const DataSet set = *FindDataSet("fashion-mnist");
  EXPECT_THAT(FindNetwork(model, set)->layers, Found("lenet-5-3x3", "fashion-mnist").layers);
  model.winograd_relu = {"conv1"};
  EXPECT_TRUE(FindNetwork(model, set)->FindLayer("conv1")->winograd_relu);
}

}  // namespace
}  // namespace winnow::spec
