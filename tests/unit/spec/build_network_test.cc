// What a user may write down as a network, and every fault that it can have.
#include "spec/build_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "tests/unit/spec/example_spec.h"

namespace winnow::spec {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const DataSet& Cifar() {
  static const DataSet kSet = FindDataSet("cifar-10").value();
  return kSet;
}

LayerGraph Read(std::string_view layers) {
  LayerGraph graph;
  FaultList faults;
  LayerGraphType().read(Json::parse("{\"layers\": [" + std::string(layers) + "]}"), "", graph, faults);
  EXPECT_EQ(faults.count(), 0u) << ToStatus(faults.Take()).message();
  return graph;
}

std::vector<SpecFault> FaultsIn(std::string_view layers) {
  FaultList faults;
  EXPECT_FALSE(BuildNetwork(Read(layers), Cifar(), "/g", faults));
  return faults.Take();
}

Network Built(const LayerGraph& graph, const DataSet& set = Cifar()) {
  FaultList faults;
  const std::optional<Network> network = BuildNetwork(graph, set, "", faults);
  EXPECT_TRUE(network) << ToStatus(faults.Take()).message();
  return network.value_or(Network{});
}

constexpr std::string_view kSmall = R"(
  {"name": "c", "kind": "conv", "out_channels": 8, "kernel": 3, "padding": 1, "bias": false},
  {"name": "b", "kind": "batch_norm"},
  {"name": "r", "kind": "relu"},
  {"name": "d", "kind": "conv", "out_channels": 8, "kernel": 3, "padding": 1, "inputs": ["r"]},
  {"kind": "add", "inputs": ["d", "r"]},
  {"kind": "max_pool", "kernel": 3, "stride": 2, "padding": 1},
  {"kind": "avg_pool", "kernel": 2},
  {"kind": "dropout", "probability": 0.25},
  {"kind": "flatten"},
  {"name": "fc", "kind": "linear", "out_features": 10})";

TEST(BuildNetwork, InfersShapes) {
  const Network network = Built(Read(kSmall));
  EXPECT_EQ(network.name, "graph");
  EXPECT_EQ(network.classes, 10);
  std::vector<std::string> shapes;
  for (const Node& node : network.nodes) {
    shapes.push_back(std::string(LayerOpName(node.op)) + " " + std::to_string(node.channels) + "x" +
                     std::to_string(node.height) + "x" + std::to_string(node.width));
  }
  EXPECT_THAT(shapes,
              ElementsAre("conv 8x32x32", "batch_norm 8x32x32", "relu 8x32x32", "conv 8x32x32", "add 8x32x32",
                          "max_pool 8x16x16", "avg_pool 8x8x8", "dropout 8x8x8", "flatten 512x1x1", "linear 10x1x1"));
  EXPECT_THAT(network.nodes[4].inputs, ElementsAre(3, 2));
  ASSERT_THAT(network.layers, SizeIs(3));
  EXPECT_EQ(network.layers[0].batch_norm, "b");
  EXPECT_EQ(network.layers[1].batch_norm, "");
  EXPECT_TRUE(network.layers[1].has_bias);
  EXPECT_EQ(network.layers[2].in_channels, 512);
  EXPECT_TRUE(network.layers[0].prunable());
}

TEST(BuildNetwork, OrdersLayersThatAreListedInAnyOrder) {
  const Network network = Built(Read(R"(
    {"name": "fc", "kind": "linear", "out_features": 10, "inputs": ["p"]},
    {"name": "p", "kind": "global_avg_pool", "inputs": ["c"]},
    {"name": "c", "kind": "conv", "out_channels": 4, "kernel": 1, "inputs": ["image"]})"));
  std::vector<std::string> names;
  for (const Node& node : network.nodes) names.push_back(node.name);
  EXPECT_THAT(names, ElementsAre("c", "p", "fc"));
}

TEST(BuildNetwork, ABatchNormOfSeveralTakersStandsAlone) {
  const Network network = Built(Read(R"(
    {"name": "c", "kind": "conv", "out_channels": 3, "kernel": 3, "padding": 1},
    {"name": "b", "kind": "batch_norm"},
    {"kind": "add", "inputs": ["b", "c"]},
    {"kind": "global_avg_pool"},
    {"name": "fc", "kind": "linear", "out_features": 10})"));
  EXPECT_EQ(network.layers[0].batch_norm, "");
}

struct Fault {
  std::string name;
  std::string layers;
  std::string pointer;
  std::string message;  // a part of it
};

TEST(BuildNetwork, NamesEveryFaultByItsPlace) {
  const std::string fc = R"({"name": "fc", "kind": "linear", "out_features": 10})";
  const Fault kFaults[] = {
      {"two layers of one name", R"({"name": "a", "kind": "relu"}, {"name": "a", "kind": "relu"}, )" + fc,
       "/g/layers/1/name", "expected distinct names, found \"a\" again, that of layer 0"},
      {"the input's name", R"({"name": "image", "kind": "relu"}, )" + fc, "/g/layers/0/name", "the network's input"},
      {"unknown input", R"({"name": "act", "kind": "relu"}, {"kind": "relu", "inputs": ["atc"]}, )" + fc,
       "/g/layers/1/inputs/0", "found \"atc\"; did you mean \"act\""},
      {"no inputs of add", R"({"kind": "add"}, )" + fc, "/g/layers/0", "two or more inputs of add, found none"},
      {"one input of add", R"({"kind": "add", "inputs": ["image"]}, )" + fc, "/g/layers/0/inputs", "found one"},
      {"two inputs of relu", R"({"kind": "relu", "inputs": ["image", "image"]}, )" + fc, "/g/layers/0/inputs",
       "expected one input of relu, found 2"},
      {"circle", R"({"name": "a", "kind": "relu", "inputs": ["b"]}, {"name": "b", "kind": "relu"}, )" + fc,
       "/g/layers/0", "found: \"a\" takes \"b\" takes \"a\""},
      {"circle of one", R"({"name": "a", "kind": "relu", "inputs": ["a"]}, )" + fc, "/g/layers/0",
       "found: \"a\" takes \"a\""},
      {"output nobody takes",
       R"({"name": "a", "kind": "relu"}, {"name": "fc", "kind": "linear", "out_features": 10, "inputs": ["image"]})",
       "/g/layers/0", "takes the output of \"a\", found none; only \"fc\" may end the network"},
      {"sum of two shapes",
       R"({"name": "a", "kind": "conv", "out_channels": 4, "kernel": 1}, {"kind": "add", "inputs": ["a", "image"]}, )" +
           fc,
       "/g/layers/1/inputs/1", "expected the shape of the first input, 4x32x32, found 3x32x32 of \"image\""},
      {"kernel too large", R"({"name": "a", "kind": "conv", "out_channels": 4, "kernel": 35, "padding": 1}, )" + fc,
       "/g/layers/0/kernel", "fits into the input of 3x32x32 with its padding, found 35"},
      {"padding of a pool", R"({"kind": "max_pool", "kernel": 3, "padding": 2}, )" + fc, "/g/layers/0/padding",
       "at most half the kernel of a pool, 3, found 2"},
      {"logits", R"({"name": "fc", "kind": "linear", "out_features": 100})", "/g/layers/0",
       "one output a class of cifar-10, 10x1x1, found 100x1x1"},
      {"logits with sizes", R"({"name": "c", "kind": "conv", "out_channels": 10, "kernel": 1})", "/g/layers/0",
       "found 10x32x32"},
      {"name of weights", R"({"name": "fc..a", "kind": "linear", "out_features": 10})", "/g/layers/0/name",
       "the layer's weights are called so"},
      {"name below another's",
       R"({"name": "a", "kind": "batch_norm"}, {"name": "a.weight", "kind": "linear", "out_features": 10})",
       "/g/layers/1/name", "found \"a.weight\" beside \"a\""},
      {"an output too large",
       R"({"name": "a", "kind": "conv", "out_channels": 65536, "kernel": 64, "padding": 63},
          {"name": "b", "kind": "conv", "out_channels": 65536, "kernel": 64, "padding": 63}, )" +
           fc,
       "/g/layers/1", "at most 1073741824 elements, found 65536x158x158"}};
  for (const Fault& wanted : kFaults) {
    SCOPED_TRACE(wanted.name);
    const std::vector<SpecFault> faults = FaultsIn(wanted.layers);
    ASSERT_THAT(faults, SizeIs(1)) << ToStatus(faults).message();
    EXPECT_EQ(faults[0].pointer, wanted.pointer);
    EXPECT_THAT(faults[0].message, HasSubstr(wanted.message));
  }
}

TEST(BuildNetwork, TellsAllFaultsOfAKindAtOnce) {
  const std::vector<SpecFault> faults = FaultsIn(R"(
    {"kind": "relu", "inputs": ["x"]}, {"kind": "add"}, {"name": "fc.", "kind": "linear", "out_features": 10})");
  EXPECT_THAT(faults, SizeIs(3)) << ToStatus(faults).message();
}

TEST(LayerGraphType, NamesFaultsOfMembers) {
  const Fault kFaults[] = {
      {"no kind", R"({"name": "a"})", "/layers/0", "expected the member \"kind\", found none"},
      {"unknown kind", R"({"kind": "covn"})", "/layers/0/kind", "did you mean \"conv\"?"},
      {"no object", "3", "/layers/0", "expected an object, found the number 3"},
      {"no kernel", R"({"name": "c", "kind": "conv", "out_channels": 3})", "/layers/0",
       "expected the member \"kernel\""},
      {"no name", R"({"kind": "batch_norm"})", "/layers/0", "expected the member \"name\""},
      {"member of another kind", R"({"kind": "relu", "kernel": 3})", "/layers/0/kernel", "no member of this name"},
      {"padding", R"({"kind": "max_pool", "kernel": 2, "padding": 2})", "/layers/0/padding",
       "expected less than the kernel, 2, found the number 2"},
      {"stride", R"({"kind": "max_pool", "kernel": 2, "stride": 0})", "/layers/0/stride", "from 1 to 64"}};
  for (const Fault& wanted : kFaults) {
    SCOPED_TRACE(wanted.name);
    LayerGraph graph;
    FaultList list;
    LayerGraphType().read(Json::parse("{\"layers\": [" + wanted.layers + "]}"), "", graph, list);
    const std::vector<SpecFault> faults = list.Take();
    ASSERT_THAT(faults, SizeIs(1)) << ToStatus(faults).message();
    EXPECT_EQ(faults[0].pointer, wanted.pointer);
    EXPECT_THAT(faults[0].message, HasSubstr(wanted.message));
  }
}

// Every network of the catalogue can be written down, read again, and is then the same.
TEST(LayerGraphType, HoldsTheCatalogue) {
  for (const std::string& name : NetworkNames()) {
    SCOPED_TRACE(name);
    DataSet set = Cifar();
    set.height = set.width = 224;
    const Network network = FindNetwork(name, 1.0, set).value();
    const std::optional<Json> json = LayerGraphType().write(network.graph);
    LayerGraph again;
    FaultList faults;
    LayerGraphType().read(Json::parse(json->dump()), "", again, faults);
    ASSERT_EQ(faults.count(), 0u) << ToStatus(faults.Take()).message();
    EXPECT_EQ(again, network.graph);
    const Network built = Built(again, set);
    EXPECT_EQ(built.layers, network.layers);
    EXPECT_EQ(built.nodes, network.nodes);
  }
}

std::string SpecWith(std::string_view layers) {
  return R"({"name": "own", "model": {"graph": {"layers": [)" + std::string(layers) +
         R"(]}}, "data": {"name": "cifar-10"}, "spatial": {"rates": [0.5]}})";
}

TEST(SpecGraph, IsReadAndWritten) {
  const SweepSpec spec = MustParse(SpecWith(kSmall));
  EXPECT_EQ(spec.model.name, "graph");
  ASSERT_TRUE(spec.model.graph);
  EXPECT_EQ(spec.model.graph->layers.size(), 10u);
  EXPECT_EQ(MustParse(ToJson(spec).dump()), spec);
}

TEST(SpecGraph, FaultsPointIntoIt) {
  const auto faults = FaultsOf(SpecWith(R"({"name": "fc", "kind": "linear", "out_features": 11})"));
  ASSERT_THAT(faults, SizeIs(1));
  EXPECT_EQ(faults[0].pointer, "/model/graph/layers/0");
}

TEST(SpecGraph, ItsLayersHaveRules) {
  const auto faults = FaultsOf(With(SpecWith(kSmall), "/layers", R"({"exclude": ["c", "e"]})"));
  ASSERT_THAT(faults, SizeIs(1));
  EXPECT_EQ(faults[0].pointer, "/layers/exclude/1");
  EXPECT_THAT(faults[0].message, HasSubstr("a convolution of graph, found no layer of this name"));
}

TEST(SpecGraph, GoesWithNoOtherName) {
  const std::string spec = SpecWith(kSmall);
  const auto beside = FaultsOf(With(spec, "/model/name", "\"resnet-20\""));
  ASSERT_THAT(beside, SizeIs(1));
  EXPECT_EQ(beside[0].pointer, "/model/name");
  const auto without = FaultsOf(R"({"name": "a", "model": {"name": "graph"}, "data": {"name": "cifar-10"}})");
  ASSERT_THAT(without, SizeIs(1));
  EXPECT_EQ(without[0].message, "expected the member \"graph\", found none");
  const auto neither = FaultsOf(R"({"name": "a", "model": {}, "data": {"name": "cifar-10"}})");
  ASSERT_THAT(neither, SizeIs(1));
  EXPECT_EQ(neither[0].message, "expected the member \"name\" or \"graph\", found neither");
}

}  // namespace
}  // namespace winnow::spec
