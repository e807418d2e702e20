// What a stage is to do, by kind: the "parameters" of a stage request and of its key (docs/formats.md section 3).
//
// Ranges are those of the sweep spec's members of the same name (spec/sweep_spec.h).
#ifndef SPEC_STAGE_PARAMETERS_H_
#define SPEC_STAGE_PARAMETERS_H_

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "spec/stage_kind.h"
#include "spec/sweep_spec.h"

namespace winnow::spec {

struct ModelParameters {
  std::string name;
  double width = 1.0;
  std::optional<LayerGraph> graph;
  std::string pretrained_sha256;  // "" for random initial weights

  friend bool operator==(const ModelParameters&, const ModelParameters&) = default;
};

struct TrainingDataParameters {
  std::string name;
  int classes = 0;      // of image-folder
  int side = 0;         // of image-folder
  int train_limit = 0;  // 0 = all

  friend bool operator==(const TrainingDataParameters&, const TrainingDataParameters&) = default;
};

struct TestDataParameters {
  std::string name;
  int classes = 0;     // of image-folder
  int side = 0;        // of image-folder
  int test_limit = 0;  // 0 = all

  friend bool operator==(const TestDataParameters&, const TestDataParameters&) = default;
};

struct TrainParameters {
  ModelParameters model;
  TrainingDataParameters data;
  Training training;

  friend bool operator==(const TrainParameters&, const TrainParameters&) = default;
};

struct SpatialPruneParameters {
  ModelParameters model;
  TrainingDataParameters data;
  int tile_size = 0;
  double rate = 0.0;
  std::vector<std::string> exclude;  // sorted
  std::map<std::string, double> fixed_rates;
  DropoutShrinking dropout_shrinking = DropoutShrinking::kNone;
  Training training;  // the retraining of this step

  friend bool operator==(const SpatialPruneParameters&, const SpatialPruneParameters&) = default;
};

struct WinogradPruneParameters {
  ModelParameters model;
  TrainingDataParameters data;
  int tile_size = 0;
  double rate = 0.0;
  std::vector<std::string> exclude;  // sorted
  std::map<std::string, double> fixed_rates;
  WinogradMethod method;  // in JSON its members stand among the others
  Training training;      // the retraining of this step

  friend bool operator==(const WinogradPruneParameters&, const WinogradPruneParameters&) = default;
};

struct EvaluateParameters {
  ModelParameters model;
  TestDataParameters data;
  int tile_size = 0;                 // sparsity is counted for this one
  std::vector<std::string> exclude;  // sorted

  friend bool operator==(const EvaluateParameters&, const EvaluateParameters&) = default;
};

struct BenchmarkParameters {
  ModelParameters model;
  int tile_size = 0;
  std::vector<std::string> exclude;  // sorted
  std::vector<int> batch_sizes = Benchmark().batch_sizes;
  std::vector<int> threads = Benchmark().threads;
  std::vector<std::string> peers = Benchmark().peers;
  int rounds = Benchmark().rounds;

  friend bool operator==(const BenchmarkParameters&, const BenchmarkParameters&) = default;
};

// One alternative a kind, in the order of StageKind.
using StageParameters = std::variant<TrainParameters, SpatialPruneParameters, WinogradPruneParameters,
                                     EvaluateParameters, BenchmarkParameters>;

StageKind KindOf(const StageParameters& parameters);

// All members, as a stage request has them.
Json ToJson(const StageParameters& parameters);

// Only the members that differ from their default, as the stage key has them. Members without a default (model.name,
// data.name, tile_size, rate) are always there; an object of which nothing is left is not.
Json WithoutDefaults(const StageParameters& parameters);

// Reads the parameters of a stage request; members with a default may be left out.
// kInvalidArgument names every member that is missing, unknown, of a wrong type or out of its range.
Result<StageParameters> StageParametersFromJson(StageKind kind, const Json& json);

}  // namespace winnow::spec

#endif  // SPEC_STAGE_PARAMETERS_H_
