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

struct DataSet;
struct Network;

struct ModelParameters {
  std::string name;
  double width = 1.0;
  std::optional<LayerGraph> graph;
  std::string pretrained_sha256;  // "" for random initial weights
  // Layers with their ReLU in the Winograd domain, in the order of computation; only where there are any in JSON.
  std::vector<std::string> winograd_relu{};

  friend bool operator==(const ModelParameters&, const ModelParameters&) = default;
};

// The network that a stage works on. Errors of the FindNetwork() of spec/network.h and of WithWinogradRelu().
Result<Network> FindNetwork(const ModelParameters& model, const DataSet& data_set);

struct TrainingDataParameters {
  std::string name;
  int classes = 0;      // of image-folder
  int side = 0;         // of image-folder
  int train_limit = 0;  // 0 = all
  int held_out = 0;     // training images that are left out

  friend bool operator==(const TrainingDataParameters&, const TrainingDataParameters&) = default;
};

struct TestDataParameters {
  std::string name;
  int classes = 0;     // of image-folder
  int side = 0;        // of image-folder
  int test_limit = 0;  // 0 = all
  int held_out = 0;    // above 0: so many held-out training images are looked at instead of the test set

  friend bool operator==(const TestDataParameters&, const TestDataParameters&) = default;
};

// Of a net that is trained in the Winograd domain from the first step on.
struct NativeParameters {
  int tile_size = 0;
  std::vector<std::string> exclude;  // sorted; convolutions that stay spatial
  NativeRule native;                 // in JSON its members stand among the others

  friend bool operator==(const NativeParameters&, const NativeParameters&) = default;
};

struct TrainParameters {
  ModelParameters model;
  TrainingDataParameters data;
  Training training;
  std::optional<NativeParameters> native{};  // in JSON only where there is one

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
