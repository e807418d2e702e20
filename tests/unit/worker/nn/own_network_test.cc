// Networks that a user wrote down: what they compute, against the catalogue's and against LibTorch's operations.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "spec/build_network.h"
#include "tests/unit/worker/nn/random_tensor.h"
#include "worker/nn/image_layout.h"
#include "worker/nn/net.h"

namespace winnow::worker {
namespace {

using torch::Tensor;

const spec::DataSet& Cifar() {
  static const spec::DataSet kSet = *spec::FindDataSet("cifar-10");
  return kSet;
}

spec::Network BuiltGraph(std::string_view layers) {
  spec::LayerGraph graph;
  spec::FaultList faults;
  spec::LayerGraphType().read(Json::parse("{\"layers\": [" + std::string(layers) + "]}"), "", graph, faults);
  const auto network = spec::BuildNetwork(graph, Cifar(), "", faults);
  EXPECT_TRUE(network) << spec::ToStatus(faults.Take()).message();
  return network.value_or(spec::Network{});
}

// A catalogue's network written down as JSON and read again gives the same logits, in training too.
TEST(OwnNetwork, EqualsTheCatalogueItWasCopiedFrom) {
  for (const char* name : {"vgg-nagadomi", "lenet-5-3x3", "resnet-20", "convpool-cnn-c", "resnet-18"}) {
    SCOPED_TRACE(name);
    const double width = spec::TakesWidth(name) ? 0.25 : 1.0;
    const spec::Network network = *spec::FindNetwork(name, width, Cifar());
    const Json json = *spec::LayerGraphType().write(network.graph);
    std::string layers = json["layers"].dump();
    const auto own = *MakeNet(BuiltGraph(layers.substr(1, layers.size() - 2)), 3);
    const auto known = *MakeNet(network, 3);
    const Tensor images = RandomTensor({16, 3, 32, 32}, 5);
    for (const bool training : {true, false}) {
      own->train(training);
      known->train(training);
      own->SetDropoutStep(1, 2);
      known->SetDropoutStep(1, 2);
      torch::NoGradGuard no_grad;
      EXPECT_TRUE(torch::equal(own->forward(images), known->forward(images)));
    }
  }
}

// Every kind of layer once, none of them joined with a convolution, against LibTorch's functions.
constexpr std::string_view kEveryKind = R"(
  {"name": "n", "kind": "batch_norm"}, {"name": "r", "kind": "relu"},
  {"name": "c", "kind": "conv", "out_channels": 6, "kernel": 5, "stride": 2, "padding": 2},
  {"name": "m", "kind": "max_pool", "kernel": 3, "stride": 2, "padding": 1},
  {"name": "a", "kind": "avg_pool", "kernel": 3, "stride": 2, "padding": 1, "inputs": ["c"]},
  {"name": "s", "kind": "add", "inputs": ["m", "a", "m"]}, {"kind": "relu"},
  {"name": "p", "kind": "pad_channels", "before": 1, "behind": 2},
  {"name": "f", "kind": "flatten"},
  {"name": "fc", "kind": "linear", "out_features": 10, "bias": false})";

Tensor ByLibTorch(const std::map<std::string, Tensor>& weights, const Tensor& images) {
  const auto& w = weights;
  Tensor x = torch::batch_norm(images, w.at("n.weight"), w.at("n.bias"), {}, {}, /*training=*/true, 0.1, 1e-5, false);
  const Tensor c = torch::conv2d(x.relu(), w.at("c.weight"), w.at("c.bias"), 2, 2);
  const Tensor m = torch::max_pool2d(c, 3, 2, 1), a = torch::avg_pool2d(c, 3, 2, 1);
  x = torch::constant_pad_nd((m + a + m).relu(), {0, 0, 0, 0, 1, 2});
  return torch::linear(x.flatten(1), w.at("fc.weight"));
}

TEST(OwnNetwork, ComputesEveryKindOfLayer) {
  for (const int64_t batch : {16, 5}) {  // in blocks of images and not
    SCOPED_TRACE(batch);
    const auto net = *MakeNet(BuiltGraph(kEveryKind), 3);
    net->train();
    std::map<std::string, Tensor> weights;
    for (const auto& item : net->named_parameters())
      weights[item.key()] = item.value().detach().clone().requires_grad_();
    const Tensor images = RandomTensor({batch, 3, 32, 32}, 5);
    const Tensor found = net->forward(images), expected = ByLibTorch(weights, images);
    EXPECT_LT(MaxRelativeError(found.detach(), expected.detach()), 1e-4);
    const Tensor direction = RandomTensor(found.sizes().vec(), 6);
    (found * direction).sum().backward();
    (expected * direction).sum().backward();
    for (const auto& item : net->named_parameters()) {
      EXPECT_LT(MaxRelativeError(item.value().grad(), weights.at(item.key()).grad()), 2e-3) << item.key();
    }
  }
}

// In evaluation nets get images in either layout.
TEST(OwnNetwork, TakesImagesInBlocks) {
  const auto net = *MakeNet(BuiltGraph(kEveryKind), 3);
  net->eval();
  torch::InferenceMode inference;
  const Tensor images = RandomTensor({16, 3, 32, 32}, 5);
  EXPECT_LT(MaxRelativeError(net->forward(BlockedFrom(images)), net->forward(images)), 1e-5);
}

TEST(OwnNetwork, SetsTheMomentumOfABatchNormThatStandsAlone) {
  const auto net = *MakeNet(BuiltGraph(kEveryKind), 3);
  net->SetBatchNormMomentum(1.0);  // the running mean becomes the batch's
  net->train();
  torch::NoGradGuard no_grad;
  const Tensor images = RandomTensor({16, 3, 32, 32}, 5);
  net->forward(images);
  EXPECT_LT((net->named_buffers()["n.running_mean"] - images.mean({0, 2, 3})).abs().max().item<double>(), 1e-5);
}

TEST(OwnNetwork, MayHaveDottedNamesAnywhere) {
  const auto net = *MakeNet(BuiltGraph(R"(
    {"name": "stem.conv", "kind": "conv", "out_channels": 4, "kernel": 3}, {"name": "norms.0", "kind": "batch_norm"},
    {"kind": "global_avg_pool"}, {"name": "head.fc", "kind": "linear", "out_features": 10})"),
                            1);
  std::vector<std::string> names;
  for (const auto& item : net->named_parameters()) names.push_back(item.key());
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("stem.conv.weight", "stem.conv.bias", "norms.0.weight",
                                                     "norms.0.bias", "head.fc.weight", "head.fc.bias"));
  net->eval();
  torch::NoGradGuard no_grad;
  const Tensor images = RandomTensor({2, 3, 32, 32}, 5);
  const Tensor before = net->forward(images);
  FoldBatchNorm(*net);
  EXPECT_LT(MaxRelativeError(net->forward(images), before), 1e-4);
}

}  // namespace
}  // namespace winnow::worker
