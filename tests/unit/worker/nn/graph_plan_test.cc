#include "worker/nn/graph_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "spec/build_network.h"

namespace winnow::worker {
namespace {

using ::testing::ElementsAre;

spec::Network Built(std::string_view layers) {
  spec::LayerGraph graph;
  spec::FaultList faults;
  spec::LayerGraphType().read(Json::parse("{\"layers\": [" + std::string(layers) + "]}"), "", graph, faults);
  const auto network = spec::BuildNetwork(graph, *spec::FindDataSet("cifar-10"), "", faults);
  EXPECT_TRUE(network) << spec::ToStatus(faults.Take()).message();
  return network.value_or(spec::Network{});
}

// "conv+batch_norm+relu c" and so on, a step each; "name<residual>".
std::vector<std::string> Texts(const spec::Network& network) {
  std::vector<std::string> texts;
  for (const GraphStep& step : PlanGraph(network)) {
    const spec::Node& node = network.nodes[static_cast<size_t>(step.node)];
    std::string text = node.name.empty() ? std::string(spec::LayerOpName(node.op)) : node.name;
    if (step.residual != GraphStep::kNone) {
      text += step.residual == spec::Node::kImage ? " + image"
                                                  : " + " + network.nodes[static_cast<size_t>(step.residual)].name;
    }
    texts.push_back(text + (step.relu ? " relu" : ""));
  }
  return texts;
}

TEST(PlanGraph, JoinsABlock) {
  EXPECT_THAT(Texts(Built(R"(
    {"name": "c1", "kind": "conv", "out_channels": 8, "kernel": 3}, {"name": "b1", "kind": "batch_norm"},
    {"name": "r1", "kind": "relu"},
    {"name": "c2", "kind": "conv", "out_channels": 8, "kernel": 3, "padding": 1}, {"name": "b2", "kind": "batch_norm"},
    {"kind": "add", "inputs": ["b2", "r1"]}, {"kind": "relu"},
    {"name": "fc", "kind": "linear", "out_features": 10})")),
              ElementsAre("c1 relu", "c2 + r1 relu", "fc"));
}

TEST(PlanGraph, OfTwoConvolutionsTheFirstSummandTakesTheSum) {
  const std::string_view before = R"(
    {"name": "a", "kind": "conv", "out_channels": 8, "kernel": 1},
    {"name": "b", "kind": "conv", "out_channels": 8, "kernel": 1, "inputs": ["image"]},
    {"kind": "add", "inputs": [)";
  const std::string_view behind = R"(]}, {"name": "fc", "kind": "linear", "out_features": 10})";
  EXPECT_THAT(Texts(Built(std::string(before) + R"("a", "b")" + std::string(behind))), ElementsAre("b", "a + b", "fc"));
  EXPECT_THAT(Texts(Built(std::string(before) + R"("b", "a")" + std::string(behind))), ElementsAre("a", "b + a", "fc"));
}

TEST(PlanGraph, TheSecondSummandTakesTheSumOfWhatIsNoConvolution) {
  EXPECT_THAT(Texts(Built(R"(
    {"name": "a", "kind": "conv", "out_channels": 3, "kernel": 1},
    {"kind": "add", "inputs": ["image", "a"]}, {"kind": "relu"},
    {"name": "fc", "kind": "linear", "out_features": 10})")),
              ElementsAre("a + image relu", "fc"));
}

TEST(PlanGraph, LeavesApartWhatOthersTakeToo) {
  EXPECT_THAT(Texts(Built(R"(
    {"name": "a", "kind": "conv", "out_channels": 3, "kernel": 1}, {"name": "r", "kind": "relu"},
    {"name": "s", "kind": "add", "inputs": ["a", "r"]}, {"name": "t", "kind": "add", "inputs": ["s", "s", "image"]},
    {"name": "n", "kind": "batch_norm"}, {"kind": "relu"},
    {"name": "fc", "kind": "linear", "out_features": 10})")),
              ElementsAre("a", "r", "s", "t", "n relu", "fc"));
}

TEST(PlanGraph, LetsEveryValueGoOnce) {
  for (const char* name : {"vgg-nagadomi", "resnet-20", "resnet-18"}) {
    const spec::Network network = *spec::FindNetwork(name, 1.0, *spec::FindDataSet("cifar-10"));
    std::set<int> given, gone;
    for (const GraphStep& step : PlanGraph(network)) {
      for (const int input : step.inputs) {
        EXPECT_TRUE(input == spec::Node::kImage || (given.contains(input) && !gone.contains(input))) << name;
      }
      given.insert(step.result);
      for (const int node : step.unused_afterwards) EXPECT_TRUE(gone.insert(node).second) << name;
    }
    EXPECT_EQ(gone.size() + 1, given.size()) << name;  // the logits stay
  }
}

}  // namespace
}  // namespace winnow::worker
