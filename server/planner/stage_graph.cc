#include "server/planner/stage_graph.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "server/planner/parameter_source.h"
#include "spec/stage_key.h"

namespace winnow::server {
namespace {

using spec::RateStep;
using spec::StageKind;
using spec::Start;
using spec::WinogradPruning;

// Builds one graph, stage by stage; a stage that is already there is not built again. Stages are named by their index
// until the graph is done.
class GraphBuilder {
 public:
  GraphBuilder(const spec::SweepSpec& spec, const PlanEnvironment& environment)
      : spec_(spec),
        fingerprint_(spec.benchmark.enabled ? environment.benchmark_fingerprint : std::nullopt),
        data_digest_(environment.data_digest.empty() ? spec.data.digest : environment.data_digest),
        source_(&spec) {}

  StageGraph Build() {
    dense_.net = Add(source_.Train(), {}, "");
    const int largest = *std::max_element(spec_.tile_sizes.begin(), spec_.tile_sizes.end());
    AddOutcome(dense_, {.tile_size = largest, .spatial_rate = std::nullopt, .winograd_rate = std::nullopt});
    const std::vector<const WinogradPruning*> prunings = spec_.WinogradPrunings();
    if (!spec_.spatial && prunings.empty()) {
      AddTrial(dense_, {.tile_size = largest, .spatial_rate = std::nullopt, .winograd_rate = std::nullopt});
      return std::move(graph_);
    }
    for (const int tile_size : spec_.tile_sizes) {
      if (prunings.empty()) AddSpatialLadder(tile_size, nullptr);
      for (const WinogradPruning* pruning : prunings) {
        const std::vector<int>& sizes = spec_.TileSizesOf(*pruning);
        if (std::find(sizes.begin(), sizes.end(), tile_size) != sizes.end()) AddMethod(tile_size, *pruning);
      }
    }
    return std::move(graph_);
  }

 private:
  // The stages of one net. Indexes into graph_.stages.
  struct Outcome {
    size_t net = 0;
    size_t evaluate = 0;
    std::optional<size_t> benchmark;
    Start start = Start::kSpatial;  // of the net's ladder
  };

  static std::string PointText(const TrialParameters& point) {
    std::string text = TrialId(point);
    std::replace(text.begin(), text.end(), '-', ' ');
    return text;
  }

  size_t Add(spec::StageParameters parameters, const std::vector<size_t>& parents, const std::string& point) {
    PlannedStage stage;
    stage.parameters = std::move(parameters);
    const StageKind kind = stage.kind();
    for (const size_t parent : parents) stage.parents.push_back(graph_.stages[parent].key);
    stage.label = std::string(spec::StageKindName(kind)) + (point.empty() ? "" : " " + point);
    const spec::StageResources resources = spec_.resources.For(kind);
    stage.priority = spec_.priority;
    stage.threads = resources.threads;
    stage.memory_mib = resources.memory_mib;
    stage.labels = resources.labels;
    stage.max_attempts = spec_.max_attempts;
    if (kind == StageKind::kBenchmark) {
      stage.exclusive = true;
      const std::vector<int>& threads = spec_.benchmark.threads;
      stage.threads = std::max(stage.threads, *std::max_element(threads.begin(), threads.end()));
    } else {
      stage.data_set = spec_.data.name;
      stage.data_digest = data_digest_;
    }
    stage.key = spec::StageKey({.parameters = stage.parameters,
                                .parents = stage.parents,
                                .data_digest = stage.data_digest,
                                .benchmark_fingerprint = kind == StageKind::kBenchmark ? *fingerprint_ : "",
                                .threads = stage.threads});
    const auto [it, is_new] = index_of_key_.emplace(stage.key, graph_.stages.size());
    if (is_new) {
      if (spec::MakesNet(kind)) net_lengths_[it->second] = parents.empty() ? 1 : net_lengths_.at(parents[0]) + 1;
      graph_.stages.push_back(std::move(stage));
    }
    return it->second;
  }

  // Adds what is measured of `outcome.net`.
  void AddOutcome(Outcome& outcome, const TrialParameters& point) {
    outcome.evaluate = Add(source_.Evaluate(point.tile_size, outcome.start), {outcome.net}, PointText(point));
    if (fingerprint_) {
      outcome.benchmark = Add(source_.Benchmark(point.tile_size, outcome.start), {outcome.net}, PointText(point));
    }
  }

  void AddTrial(const Outcome& outcome, const TrialParameters& point) {
    const auto key = [&](size_t index) { return graph_.stages[index].key; };
    PlannedTrial trial;
    trial.id = TrialId(point);
    trial.parameters = point;
    trial.net = key(outcome.net);
    trial.evaluate = key(outcome.evaluate);
    if (outcome.benchmark) trial.benchmark = key(*outcome.benchmark);
    trial.dense_evaluate = key(dense_.evaluate);
    if (dense_.benchmark) trial.dense_benchmark = key(*dense_.benchmark);
    graph_.trials.push_back(std::move(trial));
    graph_.stages_alone += CountAlone(outcome);
  }

  // How many stages a trial needs: the net's, what is measured of it, and what is measured of the dense net.
  size_t CountAlone(const Outcome& outcome) const {
    const size_t measured = fingerprint_ ? 2 : 1;
    return net_lengths_.at(outcome.net) + measured + (outcome.net == dense_.net ? 0 : measured);
  }

  void AddPrunedTrial(size_t net, Start start, const TrialParameters& point) {
    Outcome outcome{.net = net, .evaluate = 0, .benchmark = std::nullopt, .start = start};
    AddOutcome(outcome, point);
    AddTrial(outcome, point);
  }

  static TrialParameters PointOf(int tile_size, const WinogradPruning* pruning) {
    TrialParameters point{.tile_size = tile_size, .spatial_rate = std::nullopt, .winograd_rate = std::nullopt};
    if (pruning != nullptr) point.method = pruning->name;
    return point;
  }

  void AddMethod(int tile_size, const WinogradPruning& pruning) {
    switch (pruning.start) {
      case Start::kSpatial:
        return AddSpatialLadder(tile_size, &pruning);
      case Start::kDense:
        return AddWinogradLadder(dense_.net, pruning, PointOf(tile_size, &pruning));
      case Start::kNative:
      case Start::kWinogradRelu: {
        const std::string label = "f" + std::to_string(tile_size) + " " + std::string(spec::StartText(pruning.start));
        const size_t net = Add(source_.NativeTrain(tile_size, pruning), {}, label);
        return AddWinogradLadder(net, pruning, PointOf(tile_size, &pruning));
      }
    }
  }

  // Of a null `pruning` the spatial steps alone.
  void AddSpatialLadder(int tile_size, const WinogradPruning* pruning) {
    TrialParameters point = PointOf(tile_size, pruning);
    if (!spec_.spatial) return AddWinogradLadder(dense_.net, *pruning, point);
    size_t before = dense_.net;
    for (const RateStep& step : spec_.spatial->rates) {
      point.spatial_rate = step.rate;
      const size_t parent = step.from_dense ? dense_.net : before;
      TrialParameters spatial_point = point;
      spatial_point.method.clear();  // whatever is pruned behind it
      before = Add(source_.SpatialPrune(tile_size, step), {parent}, PointText(spatial_point));
      if (pruning != nullptr) {
        AddWinogradLadder(before, *pruning, point);
      } else {
        AddPrunedTrial(before, Start::kSpatial, point);
      }
    }
  }

  // The Winograd steps behind the net `start`, which has what `point` says.
  void AddWinogradLadder(size_t start, const WinogradPruning& pruning, TrialParameters point) {
    size_t before = start;
    for (const RateStep& step : pruning.rates) {
      point.winograd_rate = step.rate;
      point.mask_group = pruning.method.mask_group;
      const size_t parent = step.from_dense ? start : before;
      before = Add(source_.WinogradPrune(point.tile_size, pruning, step), {parent}, PointText(point));
      AddPrunedTrial(before, pruning.start, point);
    }
  }

  const spec::SweepSpec& spec_;
  const std::optional<std::string> fingerprint_;  // none where no benchmark is planned
  const std::string data_digest_;
  const ParameterSource source_;
  StageGraph graph_;
  std::unordered_map<std::string, size_t> index_of_key_;
  std::unordered_map<size_t, size_t> net_lengths_;  // by index of a net's stage: the stages from "train" to it
  Outcome dense_;
};

}  // namespace

const PlannedStage* StageGraph::Find(std::string_view key) const {
  const auto it = std::find_if(stages.begin(), stages.end(), [&](const PlannedStage& s) { return s.key == key; });
  return it == stages.end() ? nullptr : &*it;
}

StageGraph BuildStageGraph(const spec::SweepSpec& spec, const PlanEnvironment& environment) {
  return GraphBuilder(spec, environment).Build();
}

}  // namespace winnow::server
