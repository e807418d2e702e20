#include "spec/winograd_relu.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace winnow::spec {
namespace {

constexpr int kNone = -2;  // Node::kImage is -1

Node& At(Network& network, int node) { return network.nodes[static_cast<size_t>(node)]; }
const Node& At(const Network& network, int node) { return network.nodes[static_cast<size_t>(node)]; }

// max(0, f(x)) = f(max(0, x)).
bool ChangesPlacesWithRelu(LayerOp op) {
  return op == LayerOp::kMaxPool || op == LayerOp::kDropout || op == LayerOp::kPadChannels;
}

std::ptrdiff_t Takers(const Network& network, int node) {
  std::ptrdiff_t takers = 0;
  for (const Node& other : network.nodes) takers += std::count(other.inputs.begin(), other.inputs.end(), node);
  return takers;
}

// The nodes on the way from a convolution up to its ReLU: who takes the ReLU's output, and the ReLU.
struct Way {
  int taker = kNone;
  int relu = kNone;
};

// relu is kNone where there is none to move.
Way FindRelu(const Network& network, int conv) {
  Way way{.taker = conv, .relu = kNone};
  int node = At(network, conv).inputs.front();
  while (node != Node::kImage && ChangesPlacesWithRelu(At(network, node).op) && Takers(network, node) == 1) {
    way.taker = node;
    node = At(network, node).inputs.front();
  }
  if (node != Node::kImage && At(network, node).op == LayerOp::kRelu) way.relu = node;
  return way;
}

int NodeOf(const Network& network, const std::string& layer) {
  for (size_t i = 0; i < network.nodes.size(); ++i) {
    const Node& node = network.nodes[i];
    if (node.op == LayerOp::kConv && network.layers[static_cast<size_t>(node.layer)].name == layer) {
      return static_cast<int>(i);
    }
  }
  return kNone;
}

// Takes the ReLUs out that nobody takes any more.
void RemoveIdleRelus(Network& network) {
  std::vector<int> moved(network.nodes.size(), kNone);
  std::vector<Node> left;
  for (size_t i = 0; i < network.nodes.size(); ++i) {
    const bool last = i + 1 == network.nodes.size();
    const bool idle = network.nodes[i].op == LayerOp::kRelu && !last && Takers(network, static_cast<int>(i)) == 0;
    if (idle) continue;
    moved[i] = static_cast<int>(left.size());
    left.push_back(network.nodes[i]);
  }
  for (Node& node : left) {
    for (int& input : node.inputs) {
      if (input != Node::kImage) input = moved[static_cast<size_t>(input)];
    }
  }
  network.nodes = std::move(left);
}

}  // namespace

std::vector<std::string> WinogradReluLayers(const Network& network, const std::vector<std::string>& exclude) {
  std::vector<std::string> names;
  for (const Layer& layer : network.layers) {
    if (!layer.prunable() || std::find(exclude.begin(), exclude.end(), layer.name) != exclude.end()) continue;
    const int node = NodeOf(network, layer.name);
    if (node != kNone && FindRelu(network, node).relu != kNone) names.push_back(layer.name);
  }
  return names;
}

Result<Network> WithWinogradRelu(Network network, const std::vector<std::string>& layers) {
  for (const std::string& name : layers) {
    const int conv = NodeOf(network, name);
    const auto layer = std::find_if(network.layers.begin(), network.layers.end(),
                                    [&](const Layer& one) { return one.name == name && one.prunable(); });
    const Way way = conv == kNone ? Way() : FindRelu(network, conv);
    if (layer == network.layers.end() || way.relu == kNone) {
      return Err(InvalidArgument("\"" + name + "\" of " + network.name +
                                 " cannot have its ReLU in the Winograd domain: it is no 3x3 convolution of stride 1 "
                                 "that takes the output of a ReLU; leave it out of winograd_relu"));
    }
    layer->winograd_relu = true;
    At(network, way.taker).inputs.front() = At(network, way.relu).inputs.front();
  }
  RemoveIdleRelus(network);
  return network;
}

}  // namespace winnow::spec
