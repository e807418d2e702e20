#include "spec/catalogue_networks.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace winnow::spec {
namespace {

// Lists layers one behind the other; whoever takes another input says so.
class GraphWriter {
 public:
  explicit GraphWriter(double width = 1.0) : width_(width) {}

  int Scaled(int size) const { return std::max(1, static_cast<int>(std::lround(size * width_))); }

  GraphLayer& Add(LayerOp op, std::string name = "") {
    GraphLayer layer;
    layer.op = op;
    layer.name = std::move(name);
    graph_.layers.push_back(std::move(layer));
    return graph_.layers.back();
  }

  GraphLayer& Conv(std::string name, int out_channels, int kernel, int stride, int padding, bool bias) {
    GraphLayer& layer = Add(LayerOp::kConv, std::move(name));
    layer.out_channels = out_channels;
    layer.kernel = kernel;
    layer.stride = stride;
    layer.padding = padding;
    layer.bias = bias;
    return layer;
  }

  GraphLayer& Pool(int kernel, int stride, int padding, std::string name = "") {
    GraphLayer& layer = Add(LayerOp::kMaxPool, std::move(name));
    layer.kernel = kernel;
    layer.stride = stride;
    layer.padding = padding;
    return layer;
  }

  void Linear(std::string name, int out_features) {
    Add(LayerOp::kLinear, std::move(name)).out_channels = out_features;
  }
  void Dropout(std::string name, double probability) {
    Add(LayerOp::kDropout, std::move(name)).probability = probability;
  }
  void Relu(std::string name = "") { Add(LayerOp::kRelu, std::move(name)); }
  void BatchNorm(std::string name) { Add(LayerOp::kBatchNorm, std::move(name)); }

  void AddTwo(std::string first, std::string second) {
    Add(LayerOp::kAdd).inputs = {std::move(first), std::move(second)};
  }

  LayerGraph Take() { return std::move(graph_); }

 private:
  double width_;
  LayerGraph graph_;
};

LayerGraph Vgg(double width, int classes) {
  GraphWriter net(width);
  constexpr int kSizes[] = {64, 64, 128, 128, 256, 256, 256, 256};
  for (int i = 0; i < 8; ++i) {
    const std::string index = std::to_string(i);
    net.Conv("conv" + index, net.Scaled(kSizes[i]), 3, 1, 1, /*bias=*/true);
    net.BatchNorm("bn" + index);
    net.Relu();
    if (i == 1 || i == 3 || i == 7) net.Pool(2, 2, 0);
  }
  for (const char* name : {"fc0", "fc1"}) {
    net.Linear(name, net.Scaled(1024));
    net.Relu();
    net.Dropout(std::string(name) + "_dropout", 0.5);
  }
  net.Linear("fc2", classes);
  return net.Take();
}

LayerGraph ConvPool(double width, int classes) {
  GraphWriter net(width);
  net.Dropout("dropout0", 0.2);
  constexpr int kSizes[] = {96, 96, 96, 192, 192, 192, 192, 192};
  for (int i = 0; i < 8; ++i) {
    const std::string index = std::to_string(i);
    const int kernel = i < 7 ? 3 : 1;
    net.Conv("conv" + index, net.Scaled(kSizes[i]), kernel, 1, kernel / 2, /*bias=*/true);
    net.BatchNorm("bn" + index);
    net.Relu();
    if (i != 2 && i != 5) continue;
    net.Pool(3, 2, 1);
    net.Dropout("dropout" + std::to_string(i / 3 + 1), 0.5);
  }
  net.Conv("conv8", classes, 1, 1, 0, /*bias=*/true);
  net.Relu();
  net.Add(LayerOp::kGlobalAvgPool);
  net.Add(LayerOp::kFlatten);
  return net.Take();
}

LayerGraph Lenet(double, int classes) {
  GraphWriter net;
  constexpr int kSizes[] = {16, 16, 32, 32};
  for (int i = 0; i < 4; ++i) {
    const std::string index = std::to_string(i);
    net.Conv("conv" + index, kSizes[i], 3, 1, 1, /*bias=*/false);
    net.BatchNorm("bn" + index);
    net.Relu();
    if (i == 1 || i == 3) net.Pool(2, 2, 0);
  }
  net.Linear("fc0", 128);
  net.Relu();
  net.Linear("fc1", classes);
  return net.Take();
}

// Every second pixel of `input` and zero channels on both sides.
std::string OptionAShortcut(GraphWriter& net, const std::string& prefix, const std::string& input, int from, int to) {
  net.Pool(1, 2, 0).inputs = {input};
  GraphLayer& pixels = net.Add(LayerOp::kPadChannels, prefix + "shortcut");
  pixels.before = (to - from) / 2;
  pixels.behind = to - from - pixels.before;
  return pixels.name;
}

LayerGraph CifarResnet(int blocks, int classes) {
  GraphWriter net;
  net.Conv("conv1", 16, 3, 1, 1, /*bias=*/false);
  net.BatchNorm("bn1");
  net.Relu("relu1");
  std::string input = "relu1";
  int channels = 16;
  for (int group = 0; group < 3; ++group) {
    for (int block = 0; block < blocks; ++block) {
      const std::string prefix = "layer" + std::to_string(group + 1) + "." + std::to_string(block) + ".";
      const bool halves = group > 0 && block == 0;
      const int size = 16 << group;
      const std::string shortcut = halves ? OptionAShortcut(net, prefix, input, channels, size) : input;
      net.Conv(prefix + "conv1", size, 3, halves ? 2 : 1, 1, /*bias=*/false).inputs = {input};
      net.BatchNorm(prefix + "bn1");
      net.Relu();
      net.Conv(prefix + "conv2", size, 3, 1, 1, /*bias=*/false);
      net.BatchNorm(prefix + "bn2");
      net.AddTwo(prefix + "bn2", shortcut);
      net.Relu(prefix + "out");
      input = prefix + "out";
      channels = size;
    }
  }
  net.Add(LayerOp::kGlobalAvgPool);
  net.Linear("linear", classes);
  return net.Take();
}

LayerGraph Resnet20(double, int classes) { return CifarResnet(3, classes); }
LayerGraph Resnet56(double, int classes) { return CifarResnet(9, classes); }

LayerGraph Resnet18(double width, int classes) {
  GraphWriter net(width);
  net.Conv("conv1", net.Scaled(64), 7, 2, 3, /*bias=*/false);
  net.BatchNorm("bn1");
  net.Relu();
  net.Pool(3, 2, 1, "maxpool");
  std::string input = "maxpool";
  for (int group = 0; group < 4; ++group) {
    for (int block = 0; block < 2; ++block) {
      const std::string prefix = "layer" + std::to_string(group + 1) + "." + std::to_string(block) + ".";
      const bool halves = group > 0 && block == 0;
      const int size = net.Scaled(64 << group);
      std::string shortcut = input, first_input = input;
      if (halves) {
        net.Conv(prefix + "downsample.0", size, 1, 2, 0, /*bias=*/false).inputs = {input};
        shortcut = prefix + "downsample.1";
        net.BatchNorm(shortcut);
        first_input = prefix + "pool";
        net.Pool(2, 2, 0, first_input).inputs = {input};
      }
      net.Conv(prefix + "conv1", size, 3, 1, 1, /*bias=*/false).inputs = {first_input};
      net.BatchNorm(prefix + "bn1");
      net.Relu();
      net.Conv(prefix + "conv2", size, 3, 1, 1, /*bias=*/false);
      net.BatchNorm(prefix + "bn2");
      net.AddTwo(prefix + "bn2", shortcut);
      net.Relu(prefix + "out");
      input = prefix + "out";
    }
  }
  net.Add(LayerOp::kGlobalAvgPool);
  net.Linear("fc", classes);
  return net.Take();
}

LayerGraph Alexnet(double width, int classes) {
  GraphWriter net(width);
  struct Conv {
    int place, channels, kernel, stride, padding;
    bool pool;
  };
  for (const Conv& conv : {Conv{0, 64, 11, 4, 2, true}, Conv{3, 192, 5, 1, 2, true}, Conv{6, 384, 3, 1, 1, false},
                           Conv{8, 256, 3, 1, 1, false}, Conv{10, 256, 3, 1, 1, true}}) {
    net.Conv("features." + std::to_string(conv.place), net.Scaled(conv.channels), conv.kernel, conv.stride,
             conv.padding,
             /*bias=*/true);
    net.Relu();
    if (conv.pool) net.Pool(3, 2, 0);
  }
  for (const int place : {1, 4}) {
    net.Dropout("classifier." + std::to_string(place - 1), 0.5);
    net.Linear("classifier." + std::to_string(place), net.Scaled(4096));
    net.Relu();
  }
  net.Linear("classifier.6", classes);
  return net.Take();
}

}  // namespace

const std::vector<CatalogueNetwork>& CatalogueNetworks() {
  static const auto* const kNetworks = new std::vector<CatalogueNetwork>{
      {"vgg-nagadomi", true, Vgg},    {"convpool-cnn-c", true, ConvPool}, {"lenet-5-3x3", false, Lenet},
      {"resnet-20", false, Resnet20}, {"resnet-56", false, Resnet56},     {"resnet-18", true, Resnet18},
      {"alexnet", true, Alexnet}};
  return *kNetworks;
}

}  // namespace winnow::spec
