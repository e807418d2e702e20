#include "server/coordinator/store_graph.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "base/json.h"

namespace winnow::server {
namespace {

Stage NewStage(const PlannedStage& planned, const std::string& fingerprint) {
  Stage stage;
  stage.key = planned.key;
  stage.kind = planned.kind();
  stage.version = spec::StageKindVersion(stage.kind);
  stage.label = planned.label;
  stage.parameters_json = DumpJson(spec::ToJson(planned.parameters));
  stage.parents = planned.parents;
  stage.threads = planned.threads;
  stage.exclusive = planned.exclusive;
  stage.labels = planned.labels;
  stage.data_set = planned.data_set;
  stage.data_digest = planned.data_digest;
  if (const auto* train = std::get_if<spec::TrainParameters>(&planned.parameters)) {
    stage.pretrained = train->model.pretrained_sha256;
  }
  if (stage.kind == spec::StageKind::kBenchmark) stage.fingerprint = fingerprint;
  return stage;
}

int64_t MemoryBytes(const PlannedStage& planned) { return int64_t{planned.memory_mib} << 20; }

}  // namespace

Result<StageState> StateByParents(const StoreReader& reader, const std::vector<std::string>& parents) {
  for (const std::string& key : parents) {
    WINNOW_ASSIGN_OR_RETURN(const Stage parent, reader.GetStage(key));
    if (parent.state != StageState::kSucceeded) return StageState::kBlocked;
  }
  return StageState::kQueued;
}

namespace {

// A stage as a new sweep finds it, made ready for that sweep. Returns whether it was there or under way.
Result<bool> TakeUp(StoreWriter& writer, Stage stage, const PlannedStage& planned, GraphWalk& walk) {
  if (stage.state == StageState::kSucceeded) return true;
  if (IsTerminal(stage.state)) {
    WINNOW_ASSIGN_OR_RETURN(stage.state, StateByParents(writer, stage.parents));
    stage.reason.clear();
    stage.failed_attempts = 0;
    stage.end_time.reset();
    stage.memory_bytes = MemoryBytes(planned);
    stage.max_attempts = planned.max_attempts;
    stage.labels = planned.labels;
    WINNOW_RETURN_ERR_IF_ERROR(writer.UpdateStage(stage));
    WINNOW_RETURN_ERR_IF_ERROR(walk.Follow(stage));
    return false;
  }
  const int64_t memory_bytes = std::max(stage.memory_bytes, MemoryBytes(planned));
  const int max_attempts = std::max(stage.max_attempts, planned.max_attempts);
  if (memory_bytes != stage.memory_bytes || max_attempts != stage.max_attempts) {
    stage.memory_bytes = memory_bytes;
    stage.max_attempts = max_attempts;
    WINNOW_RETURN_ERR_IF_ERROR(writer.UpdateStage(stage));
    WINNOW_RETURN_ERR_IF_ERROR(walk.Follow(stage));
  }
  return stage.state != StageState::kCancelling;
}

Result<bool> StoreStage(StoreWriter& writer, const PlannedStage& planned, const std::string& fingerprint,
                        GraphWalk& walk) {
  WINNOW_ASSIGN_OR_RETURN(std::optional<Stage> found, writer.FindStage(planned.key));
  if (found) return TakeUp(writer, *std::move(found), planned, walk);
  Stage stage = NewStage(planned, fingerprint);
  stage.memory_bytes = MemoryBytes(planned);
  stage.max_attempts = planned.max_attempts;
  WINNOW_ASSIGN_OR_RETURN(stage.state, StateByParents(writer, stage.parents));
  WINNOW_RETURN_ERR_IF_ERROR(writer.CreateStage(stage));
  WINNOW_RETURN_ERR_IF_ERROR(walk.Follow(stage));
  return false;
}

Result<bool> IsPlaced(const StoreReader& reader, const std::string& key, const std::string& sweep) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<StagePlace> places, reader.PlacesOfStage(key));
  return std::any_of(places.begin(), places.end(), [&](const StagePlace& place) { return place.sweep == sweep; });
}

Status StoreTrial(StoreWriter& writer, const std::string& sweep, const PlannedTrial& planned, int position) {
  WINNOW_ASSIGN_OR_RETURN_STATUS(std::optional<Trial> found, writer.FindTrial(sweep, planned.id));
  Trial trial = found.value_or(Trial());
  trial.sweep = sweep;
  trial.id = planned.id;
  trial.position = position;
  trial.tile_size = planned.parameters.tile_size;
  trial.spatial_rate = planned.parameters.spatial_rate;
  trial.winograd_rate = planned.parameters.winograd_rate;
  trial.method = planned.parameters.method;
  trial.seed = planned.parameters.seed;
  trial.images = planned.images;
  trial.net = planned.net;
  trial.evaluate = planned.evaluate;
  trial.benchmark = planned.benchmark.value_or("");
  trial.dense_evaluate = planned.dense_evaluate;
  trial.dense_benchmark = planned.dense_benchmark.value_or("");
  trial.trained_on_evaluate = planned.trained_on_evaluate.value_or("");
  return writer.PutTrial(trial);
}

}  // namespace

StageGraph PlanSweep(const spec::SweepSpec& spec, const std::string& fingerprint) {
  PlanEnvironment environment;
  if (!fingerprint.empty()) environment.benchmark_fingerprint = fingerprint;
  return BuildStageGraph(spec, environment);
}

std::vector<GraphNode> NodesOf(const StageGraph& graph) {
  std::vector<GraphNode> nodes;
  nodes.reserve(graph.stages.size());
  for (const PlannedStage& stage : graph.stages) {
    nodes.push_back({stage.key, stage.parents, static_cast<int64_t>(nodes.size())});
  }
  return nodes;
}

Result<int> StoreGraph(StoreWriter& writer, const std::string& sweep, const StageGraph& graph,
                       const std::string& fingerprint, GraphWalk& walk) {
  int reused = 0;
  int64_t position = 0;
  for (const PlannedStage& planned : graph.stages) {
    WINNOW_ASSIGN_OR_RETURN(const bool was_there, StoreStage(writer, planned, fingerprint, walk));
    WINNOW_ASSIGN_OR_RETURN(const bool is_mine, IsPlaced(writer, planned.key, sweep));
    if (was_there && !is_mine) ++reused;
    WINNOW_RETURN_ERR_IF_ERROR(writer.PlaceStage(planned.key, {.sweep = sweep, .position = position++}));
  }
  int trial_position = 0;
  for (const PlannedTrial& trial : graph.trials) {
    WINNOW_RETURN_ERR_IF_ERROR(StoreTrial(writer, sweep, trial, trial_position++));
  }
  walk.FollowSweep(sweep);
  return reused;
}

}  // namespace winnow::server
