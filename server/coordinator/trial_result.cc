#include "server/coordinator/trial_result.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "spec/data_set.h"
#include "spec/network.h"
#include "spec/stage_parameters.h"

namespace winnow::server {
namespace {

// Results come from executors, which may be anybody's: whatever is missing or of another type reads as absent.
std::optional<double> NumberIn(const Json& json, const char* name) {
  if (!json.is_object()) return std::nullopt;
  const auto it = json.find(name);
  if (it == json.end() || !it->is_number()) return std::nullopt;
  return it->get<double>();
}

double NumberOr(const Json& json, const char* name, double fallback) { return NumberIn(json, name).value_or(fallback); }

std::string TextIn(const Json& json, const char* name) {
  if (!json.is_object()) return "";
  const auto it = json.find(name);
  return it != json.end() && it->is_string() ? it->get<std::string>() : "";
}

const Json& MemberOf(const Json& json, const char* name) {
  static const Json kNone;
  if (!json.is_object()) return kNone;
  const auto it = json.find(name);
  return it == json.end() ? kNone : *it;
}

std::map<std::string, double> NumbersIn(const Json& json) {
  std::map<std::string, double> numbers;
  if (!json.is_object()) return numbers;
  for (const auto& [name, value] : json.items()) {
    if (value.is_number()) numbers[name] = value.get<double>();
  }
  return numbers;
}

Json ResultOf(const Stage* stage) {
  if (stage == nullptr || stage->state != StageState::kSucceeded) return Json();
  Result<Json> json = ParseJson(stage->result_json);
  return json ? *std::move(json) : Json();
}

// The network that a pruning stage works on, for the weights of its layers.
Result<spec::Network> NetworkOf(const spec::SpatialPruneParameters& parameters) {
  WINNOW_ASSIGN_OR_RETURN(const spec::DataSet data_set,
                          spec::FindDataSet(parameters.data.name, parameters.data.classes, parameters.data.side));
  return spec::FindNetwork(parameters.model, data_set);
}

// What spatial pruning reached, layer by layer, weighted by the multiplications a layer would have without zeros.
std::optional<double> SpatialReached(const Stage& spatial) {
  const Json result = ResultOf(&spatial);
  const Json& layers = MemberOf(result, "layers");
  const Result<Json> json = ParseJson(spatial.parameters_json);
  if (!layers.is_array() || !json) return std::nullopt;
  const auto parameters = spec::StageParametersFromJson(spec::StageKind::kSpatialPrune, *json);
  if (!parameters) return std::nullopt;
  const auto& prune = std::get<spec::SpatialPruneParameters>(*parameters);
  const Result<spec::Network> network = NetworkOf(prune);
  double sum = 0.0;
  double weights = 0.0;
  for (const Json& entry : layers) {
    const spec::Layer* const layer = network ? network->FindLayer(TextIn(entry, "name")) : nullptr;
    const bool has_weight = layer != nullptr && layer->prunable();
    const double weight = has_weight ? static_cast<double>(layer->winograd_multiplications(prune.tile_size)) : 1.0;
    sum += weight * NumberOr(entry, "reached", 0.0);
    weights += weight;
  }
  if (weights == 0.0) return std::nullopt;
  return sum / weights;
}

void JoinEvaluation(const Json& evaluation, TrialResult& result) {
  const Json& sparsity = MemberOf(evaluation, "sparsity");
  result.accuracy = NumberIn(evaluation, "accuracy");
  result.loss = NumberIn(evaluation, "loss");
  result.test_images = static_cast<int64_t>(NumberOr(evaluation, "images", 0.0));
  result.network_sparsity = NumberIn(sparsity, "network");
  result.multiplications_left = NumberIn(sparsity, "multiplications_left");
  const std::optional<double> reached = NumberIn(sparsity, "prunable");
  if (result.trial.winograd_rate && reached) {
    result.winograd_sparsity = RateResult{*result.trial.winograd_rate, *reached};
  }
  for (const Json& layer : MemberOf(evaluation, "layers")) {
    result.layers.push_back(
        {TextIn(layer, "name"), NumberIn(layer, "spatial_sparsity"), NumberOr(layer, "winograd_sparsity", 0.0)});
  }
}

// The dense nets that it is compared with.
void JoinComparison(const Json& evaluation, const Json& dense, const Json& trained_on, TrialResult& result) {
  result.dense_accuracy = NumberIn(dense, "accuracy");
  result.trained_on_accuracy = NumberIn(trained_on, "accuracy");
  const bool trained_on_is_better =
      result.trained_on_accuracy && result.dense_accuracy && *result.trained_on_accuracy > *result.dense_accuracy;
  const Json& baseline = trained_on_is_better ? trained_on : dense;
  if (!result.accuracy || NumberOr(baseline, "images", 0.0) != static_cast<double>(result.test_images)) return;
  result.difference = CompareAnswers(TextIn(baseline, "right"), TextIn(evaluation, "right"), result.test_images);
}

std::optional<NetworkTiming> NetworkTimingOf(const Json& json) {
  const std::optional<double> ours = NumberIn(json, "ours_ms");
  if (!ours) return std::nullopt;
  return NetworkTiming{*ours, NumbersIn(MemberOf(json, "peers")), NumbersIn(MemberOf(json, "ratios"))};
}

}  // namespace

std::vector<BenchmarkRow> BenchmarkRowsOf(const Stage& benchmark) {
  std::vector<BenchmarkRow> rows;
  const Json result = ResultOf(&benchmark);
  for (const Json& json : MemberOf(result, "rows")) {
    const Json& noisy = MemberOf(json, "noisy");
    rows.push_back({.batch_size = static_cast<int>(NumberOr(json, "batch_size", 0.0)),
                    .threads = static_cast<int>(NumberOr(json, "threads", 0.0)),
                    .ours_ms = NumberOr(json, "ours_ms", 0.0),
                    .peer_ms = NumbersIn(MemberOf(json, "peers")),
                    .ratios = NumbersIn(MemberOf(json, "ratios")),
                    .noisy = noisy.is_boolean() && noisy.get<bool>(),
                    .network = NetworkTimingOf(MemberOf(json, "network"))});
  }
  return rows;
}

TrialResult JoinResult(Trial trial, const ResultStages& stages) {
  TrialResult result;
  result.trial = std::move(trial);
  const Json evaluation = ResultOf(stages.evaluate);
  JoinEvaluation(evaluation, result);
  JoinComparison(evaluation, ResultOf(stages.dense_evaluate), ResultOf(stages.trained_on_evaluate), result);
  result.train_images = static_cast<int64_t>(NumberOr(ResultOf(stages.train), "train_images", 0.0));
  if (result.trial.spatial_rate && stages.spatial != nullptr) {
    if (const std::optional<double> reached = SpatialReached(*stages.spatial)) {
      result.spatial_sparsity = RateResult{*result.trial.spatial_rate, *reached};
    }
  }
  if (stages.benchmark != nullptr) {
    result.benchmark = BenchmarkRowsOf(*stages.benchmark);
    result.benchmark_skipped = TextIn(ResultOf(stages.benchmark), "skipped");
  }
  if (stages.net != nullptr && stages.net->state == StageState::kSucceeded) {
    const auto checkpoint =
        std::find_if(stages.net->artifacts.begin(), stages.net->artifacts.end(),
                     [](const StageArtifact& artifact) { return artifact.role == kCheckpointRole; });
    if (checkpoint != stages.net->artifacts.end()) result.checkpoint = checkpoint->digest;
  }
  return result;
}

}  // namespace winnow::server
