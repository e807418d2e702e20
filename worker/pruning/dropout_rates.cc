#include "worker/pruning/dropout_rates.h"

#include <algorithm>
#include <cmath>

namespace winnow::worker {
namespace {

using spec::LayerOp;
using spec::Node;

// The first node with weights that the output of node `from` reaches; null where there is none.
const Node* FirstWeightedBehind(const spec::Network& network, int from) {
  std::vector<bool> reached(network.nodes.size(), false);
  reached[static_cast<size_t>(from)] = true;
  for (size_t i = static_cast<size_t>(from) + 1; i < network.nodes.size(); ++i) {
    const Node& node = network.nodes[i];
    reached[i] = std::any_of(node.inputs.begin(), node.inputs.end(),
                             [&](int input) { return input != Node::kImage && reached[static_cast<size_t>(input)]; });
    if (reached[i] && (node.op == LayerOp::kConv || node.op == LayerOp::kLinear)) return &node;
  }
  return nullptr;
}

}  // namespace

double ShrunkProbability(double probability, double rate, spec::DropoutShrinking shrinking) {
  switch (shrinking) {
    case spec::DropoutShrinking::kNone:
      return probability;
    case spec::DropoutShrinking::kPower:
      return probability * std::pow(1.0 - rate, 0.75);
    case spec::DropoutShrinking::kRoot:
      return probability * std::sqrt(0.7 * (1.0 - rate));
  }
  return probability;
}

std::vector<double> DropoutProbabilities(const spec::Network& network, const std::map<std::string, double>& rates,
                                         spec::DropoutShrinking shrinking) {
  std::vector<double> probabilities;
  for (size_t i = 0; i < network.nodes.size(); ++i) {
    const Node& node = network.nodes[i];
    if (node.op != LayerOp::kDropout) continue;
    const Node* const behind = FirstWeightedBehind(network, static_cast<int>(i));
    const auto rate = behind == nullptr || behind->op != LayerOp::kConv
                          ? rates.end()
                          : rates.find(network.layers[static_cast<size_t>(behind->layer)].name);
    probabilities.push_back(rate == rates.end() ? node.probability
                                                : ShrunkProbability(node.probability, rate->second, shrinking));
  }
  return probabilities;
}

}  // namespace winnow::worker
