// Which stages a sweep needs, and how they hang together (docs/formats.md section 2).
//
// A pure function of the spec: the coordinator stores the graph and walks it, and never makes up a stage of its own.
#ifndef SERVER_PLANNER_STAGE_GRAPH_H_
#define SERVER_PLANNER_STAGE_GRAPH_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/planner/trial.h"
#include "spec/stage_parameters.h"
#include "spec/sweep_spec.h"

namespace winnow::server {

// What decides the stages besides the spec.
struct PlanEnvironment {
  std::string data_digest;                           // "" for the spec's own
  std::optional<std::string> benchmark_fingerprint;  // of the host that the sweep is timed on; none: no benchmarks yet
};

struct PlannedStage {
  std::string key;  // spec::StageKey; unique in the graph
  spec::StageParameters parameters;
  std::vector<std::string> parents;  // keys of stages further up in the graph
  std::string label;                 // for people: "winograd_prune f4 s30 w60"; the first of those that share the stage
  int priority = 0;                  // the sweep's
  int threads = 1;                   // of the numerics, and what the scheduler must find free
  int memory_mib = 0;
  int max_attempts = 1;
  bool exclusive = false;  // alone on its host
  std::string data_set;    // name and digest of the data set that its worker must have; "" where it reads none
  std::string data_digest;
  std::map<std::string, std::string> labels;  // that its worker must have

  spec::StageKind kind() const { return spec::KindOf(parameters); }

  friend bool operator==(const PlannedStage&, const PlannedStage&) = default;
};

struct StageGraph {
  std::vector<PlannedStage> stages;  // parents before children
  // By seed, tile size, method, spatial step and Winograd step, in the spec's order; behind a trial its evaluation on
  // the test set.
  std::vector<PlannedTrial> trials;
  std::vector<std::string> unknown_test_trials;  // ids of the spec's test_trials that are none of the above

  // How many stages would run if every trial ran alone, with the dense net that it is compared with: what sharing saves
  // is this less stages.size().
  size_t stages_alone = 0;

  // Null where no stage has the key.
  const PlannedStage* Find(std::string_view key) const;

  friend bool operator==(const StageGraph&, const StageGraph&) = default;
};

// The graph of a spec that ParseSweepSpec made. The same sweep planned again with a fingerprint has the same stages in
// the same order, and the benchmarks among them.
StageGraph BuildStageGraph(const spec::SweepSpec& spec, const PlanEnvironment& environment);

}  // namespace winnow::server

#endif  // SERVER_PLANNER_STAGE_GRAPH_H_
