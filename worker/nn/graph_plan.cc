#include "worker/nn/graph_plan.h"

#include <algorithm>
#include <cstddef>

namespace winnow::worker {
namespace {

using spec::LayerOp;
using spec::Node;

class Planner {
 public:
  explicit Planner(const spec::Network& network) : network_(network), takers_(network.nodes.size()) {
    for (size_t i = 0; i < network.nodes.size(); ++i) {
      for (const int input : network.nodes[i].inputs) {
        if (input != Node::kImage) takers_[static_cast<size_t>(input)].push_back(static_cast<int>(i));
      }
    }
  }

  std::vector<GraphStep> Run() {
    const auto count = static_cast<int>(network_.nodes.size());
    std::vector<GraphStep> steps;
    std::vector<bool> joined(network_.nodes.size(), false);
    for (int i = 0; i < count; ++i) {
      if (joined[static_cast<size_t>(i)]) continue;
      GraphStep step = StepFrom(i, joined);
      steps.push_back(std::move(step));
    }
    // In the order of their last nodes, all that a step takes is there.
    std::stable_sort(steps.begin(), steps.end(),
                     [](const GraphStep& a, const GraphStep& b) { return a.result < b.result; });
    LetGo(steps);
    return steps;
  }

 private:
  const Node& At(int node) const { return network_.nodes[static_cast<size_t>(node)]; }
  // The node that alone takes this one's output, or kNone.
  int OnlyTaker(int node) const {
    const std::vector<int>& takers = takers_[static_cast<size_t>(node)];
    return takers.size() == 1 ? takers.front() : GraphStep::kNone;
  }
  bool OnlyTakerIs(int node, LayerOp op) const {
    const int taker = OnlyTaker(node);
    return taker != GraphStep::kNone && At(taker).op == op;
  }

  // Whether a convolution's step could join a sum behind this node.
  bool EndsConvolution(int node) const {
    if (node == Node::kImage || OnlyTaker(node) == GraphStep::kNone) return false;
    const Node& end = At(node);
    if (end.op == LayerOp::kConv) return true;
    const int input = end.inputs.front();
    return end.op == LayerOp::kBatchNorm && input != Node::kImage && At(input).op == LayerOp::kConv &&
           OnlyTaker(input) == node;
  }

  GraphStep StepFrom(int node, std::vector<bool>& joined) {
    GraphStep step;
    step.node = step.result = node;
    step.inputs = At(node).inputs;
    const auto join = [&] {
      step.result = OnlyTaker(step.result);
      joined[static_cast<size_t>(step.result)] = true;
    };
    const LayerOp op = At(node).op;
    if (op == LayerOp::kConv) {
      if (OnlyTakerIs(node, LayerOp::kBatchNorm)) join();
      if (OnlyTakerIs(step.result, LayerOp::kAdd)) {
        const int sum = OnlyTaker(step.result);
        const std::vector<int>& summands = At(sum).inputs;
        const bool first = summands.front() == step.result;
        // Of two convolutions that end in one sum, the first summand takes it.
        if (summands.size() == 2 && (first || !EndsConvolution(summands.front()))) {
          step.residual = first ? summands.back() : summands.front();
          join();
        }
      }
    }
    const bool takes_relu =
        op == LayerOp::kConv || op == LayerOp::kBatchNorm || op == LayerOp::kLinear || op == LayerOp::kAdd;
    if (takes_relu && OnlyTakerIs(step.result, LayerOp::kRelu)) {
      join();
      step.relu = true;
    }
    return step;
  }

  // Gives every value to the last step that takes it.
  void LetGo(std::vector<GraphStep>& steps) const {
    std::vector<int> last(network_.nodes.size(), GraphStep::kNone);
    for (size_t i = 0; i < steps.size(); ++i) {
      for (const int input : steps[i].inputs) {
        if (input != Node::kImage) last[static_cast<size_t>(input)] = static_cast<int>(i);
      }
      if (steps[i].residual >= 0) last[static_cast<size_t>(steps[i].residual)] = static_cast<int>(i);
    }
    for (size_t node = 0; node < last.size(); ++node) {
      if (last[node] >= 0) steps[static_cast<size_t>(last[node])].unused_afterwards.push_back(static_cast<int>(node));
    }
  }

  const spec::Network& network_;
  std::vector<std::vector<int>> takers_;
};

}  // namespace

std::vector<GraphStep> PlanGraph(const spec::Network& network) { return Planner(network).Run(); }

}  // namespace winnow::worker
