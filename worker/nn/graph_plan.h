// How a network is computed: its operations in order, those that go together joined, and when each value may be let go.
#ifndef WORKER_NN_GRAPH_PLAN_H_
#define WORKER_NN_GRAPH_PLAN_H_

#include <vector>

#include "spec/network.h"

namespace winnow::worker {

// One step. A convolution takes its batch norm, a sum with one other value and the ReLU behind it along where nobody
// else wants what lies between; a batch norm, a sum and a linear layer their ReLU.
struct GraphStep {
  static constexpr int kNone = -2;  // kImage is -1

  int node = 0;                        // in Network::nodes: what the step begins with
  int result = 0;                      // the node whose output it gives: the last one joined
  std::vector<int> inputs;             // of `node`: nodes, or Node::kImage
  int residual = kNone;                // of a convolution: the other summand
  bool relu = false;                   // comes last
  std::vector<int> unused_afterwards;  // nodes whose outputs no later step takes
};

// The last step gives the logits.
std::vector<GraphStep> PlanGraph(const spec::Network& network);

}  // namespace winnow::worker

#endif  // WORKER_NN_GRAPH_PLAN_H_
