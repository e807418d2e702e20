// A planned graph on its way into the store: what is there already is shared, what failed before gets another try.
#ifndef SERVER_COORDINATOR_STORE_GRAPH_H_
#define SERVER_COORDINATOR_STORE_GRAPH_H_

#include <string>
#include <vector>

#include "base/result.h"
#include "server/coordinator/graph_walk.h"
#include "server/coordinator/outlook.h"
#include "server/planner/stage_graph.h"
#include "server/store/store_writer.h"
#include "spec/sweep_spec.h"

namespace winnow::server {

// The graph of a sweep timed on the machine with that fingerprint; "" leaves its benchmarks out for now.
StageGraph PlanSweep(const spec::SweepSpec& spec, const std::string& fingerprint);

// Nodes of a planned graph.
std::vector<GraphNode> NodesOf(const StageGraph& graph);

// BLOCKED, or QUEUED where all of these have succeeded.
Result<StageState> StateByParents(const StoreReader& reader, const std::vector<std::string>& parents);

// Writes the stages and trials of the sweep `sweep`, which is there, and follows them with `walk`; Settle is the
// caller's. Stages that are there:
//   SUCCEEDED                 reused
//   BLOCKED, QUEUED, RUNNING  shared; the larger of the memory limits and numbers of attempts counts
//   FAILED, CANCELLED         from the beginning: all attempts, but from the last resume point
//   CANCELLING                shared; runs again once the cancel has been carried out
// Writing a sweep's graph again, with stages added, adds them and moves the others to their new places.
//
// Returns how many stages, new to this sweep, were there or under way.
Result<int> StoreGraph(StoreWriter& writer, const std::string& sweep, const StageGraph& graph,
                       const std::string& fingerprint, GraphWalk& walk);

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_STORE_GRAPH_H_
