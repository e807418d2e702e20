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
      : whole_(spec),
        spec_(spec),
        fingerprint_(spec.benchmark.enabled ? environment.benchmark_fingerprint : std::nullopt),
        data_digest_(environment.data_digest.empty() ? spec.data.digest : environment.data_digest),
        source_(&spec_) {}

  StageGraph Build() {
    if (whole_.seeds.empty()) AddAll();
    for (const int64_t seed : whole_.seeds) {
      seed_ = seed;
      spec_ = WithSeed(whole_, seed);
      AddAll();
    }
    for (const std::string& id : whole_.test_trials) {
      const bool known = std::any_of(graph_.trials.begin(), graph_.trials.end(), [&](const PlannedTrial& trial) {
        return !trial.parameters.test && trial.id == id;
      });
      if (!known) graph_.unknown_test_trials.push_back(id);
    }
    return std::move(graph_);
  }

 private:
  static void SetSeed(WinogradPruning& pruning, int64_t seed) {
    pruning.retraining.seed = seed;
    pruning.native_training.seed = seed;
  }

  static spec::SweepSpec WithSeed(spec::SweepSpec spec, int64_t seed) {
    spec.training.seed = seed;
    if (spec.spatial) spec.spatial->retraining.seed = seed;
    if (spec.winograd) SetSeed(*spec.winograd, seed);
    for (WinogradPruning& method : spec.methods) SetSeed(method, seed);
    if (spec.trained_on) spec.trained_on->seed = seed;
    return spec;
  }

  // Everything of one seed.
  void AddAll() {
    const TrialParameters point = DensePoint();
    dense_ = {};
    trained_on_ = std::nullopt;
    dense_.net = Add(source_.Train(), {}, seed_ ? SeedText().substr(1) : "");
    AddOutcome(dense_, point);
    if (spec_.trained_on) {
      const std::string text = "trained-on" + SeedText();
      trained_on_ =
          Outcome{.net = Add(source_.TrainOn(), {dense_.net}, text), .evaluate = 0, .benchmark = std::nullopt};
      trained_on_->evaluate = Add(source_.Evaluate(point.tile_size, Start::kSpatial), {trained_on_->net}, text);
    }
    const std::vector<const WinogradPruning*> prunings = spec_.WinogradPrunings();
    if (!spec_.spatial && prunings.empty()) return AddTrial(dense_, point);
    for (const int tile_size : spec_.tile_sizes) {
      if (prunings.empty()) AddSpatialLadder(tile_size, nullptr);
      for (const WinogradPruning* pruning : prunings) {
        const std::vector<int>& sizes = spec_.TileSizesOf(*pruning);
        if (std::find(sizes.begin(), sizes.end(), tile_size) != sizes.end()) AddMethod(tile_size, *pruning);
      }
    }
  }

  std::string SeedText() const { return seed_ ? " seed" + std::to_string(*seed_) : ""; }

  TrialParameters DensePoint() const {
    return PointOf(*std::max_element(spec_.tile_sizes.begin(), spec_.tile_sizes.end()), nullptr);
  }

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
    if (spec_.data.held_out > 0) trial.images = "held-out";
    trial.net = key(outcome.net);
    trial.evaluate = key(outcome.evaluate);
    if (outcome.benchmark) trial.benchmark = key(*outcome.benchmark);
    trial.dense_evaluate = key(dense_.evaluate);
    if (dense_.benchmark) trial.dense_benchmark = key(*dense_.benchmark);
    if (trained_on_) trial.trained_on_evaluate = key(trained_on_->evaluate);
    graph_.trials.push_back(trial);
    graph_.stages_alone += CountAlone(outcome);
    const std::vector<std::string>& tested = spec_.test_trials;
    if (std::find(tested.begin(), tested.end(), trial.id) != tested.end()) AddTestTrial(outcome, std::move(trial));
  }

  // `trial` once more, with what it and the nets it is compared with do on the test set.
  void AddTestTrial(const Outcome& outcome, PlannedTrial trial) {
    trial.parameters.test = true;
    trial.id = TrialId(trial.parameters);
    trial.images = "test";
    const auto evaluate = [&](const Outcome& of, const TrialParameters& point, const std::string& text) {
      return graph_.stages[Add(source_.EvaluateOnTest(point.tile_size, of.start), {of.net}, text)].key;
    };
    TrialParameters dense = DensePoint();
    dense.test = true;
    trial.evaluate = evaluate(outcome, trial.parameters, PointText(trial.parameters));
    trial.dense_evaluate = evaluate(dense_, dense, PointText(dense));
    if (trained_on_) {
      trial.trained_on_evaluate = evaluate(*trained_on_, dense, "trained-on" + PointText(dense).substr(5));
    }
    graph_.trials.push_back(std::move(trial));
    graph_.stages_alone += CountAlone(outcome);
  }

  // How many stages a trial needs: the net's, what is measured of it, and what is measured of the nets it is compared
  // with.
  size_t CountAlone(const Outcome& outcome) const {
    const size_t measured = fingerprint_ ? 2 : 1;
    return net_lengths_.at(outcome.net) + measured + (outcome.net == dense_.net ? 0 : measured) + (trained_on_ ? 2 : 0);
  }

  void AddPrunedTrial(size_t net, Start start, const TrialParameters& point) {
    Outcome outcome{.net = net, .evaluate = 0, .benchmark = std::nullopt, .start = start};
    AddOutcome(outcome, point);
    AddTrial(outcome, point);
  }

  TrialParameters PointOf(int tile_size, const WinogradPruning* pruning) const {
    TrialParameters point;
    point.tile_size = tile_size;
    point.seed = seed_;
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
        const std::string label =
            "f" + std::to_string(tile_size) + " " + std::string(spec::StartText(pruning.start)) + SeedText();
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

  const spec::SweepSpec& whole_;
  spec::SweepSpec spec_;                          // with the seed whose trials are being added
  std::optional<int64_t> seed_;                   // none in a sweep without seeds
  const std::optional<std::string> fingerprint_;  // none where no benchmark is planned
  const std::string data_digest_;
  const ParameterSource source_;
  StageGraph graph_;
  std::unordered_map<std::string, size_t> index_of_key_;
  std::unordered_map<size_t, size_t> net_lengths_;  // by index of a net's stage: the stages from "train" to it
  Outcome dense_;                                   // of the seed, like the next
  std::optional<Outcome> trained_on_;
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
