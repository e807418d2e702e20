// What a user asks for: a network, its training, and the pruning rates, tile sizes and timings to try.
//
// Plain values. ParseSweepSpec (spec/parse.h) makes one of JSON and has then checked every range given here; whoever
// fills one by hand keeps to the ranges. Rates are fractions of 1. Whatever JSON left out holds its default here.
#ifndef SPEC_SWEEP_SPEC_H_
#define SPEC_SWEEP_SPEC_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "spec/layer_graph.h"
#include "spec/native_start.h"
#include "spec/objective.h"
#include "spec/stage_kind.h"
#include "spec/winograd_method.h"

namespace winnow::spec {

enum class OptimizerName { kSgd, kAdam };
std::string_view OptimizerNameText(OptimizerName name);  // "sgd", "adam"

struct Optimizer {
  OptimizerName name = OptimizerName::kSgd;
  double momentum = 0.9;         // [0, 1); of adam its first decay rate
  bool nesterov = false;         // sgd with a momentum above 0 only
  double weight_decay = 0.0005;  // >= 0, added to every parameter's gradient

  friend bool operator==(const Optimizer&, const Optimizer&) = default;
};

enum class LearningRateSchedule { kConstant, kStep, kCosine };
std::string_view LearningRateScheduleText(LearningRateSchedule schedule);  // "constant", "step", "cosine"

struct LearningRate {
  double initial = 0.1;  // (0, 1000], after the warm-up
  LearningRateSchedule schedule = LearningRateSchedule::kCosine;
  std::vector<int> milestones;  // kStep: epochs (>= 1, increasing, each < epochs) at whose begin the rate falls
  double factor = 0.1;          // (0, 1], kStep: of the rate at each milestone
  double warmup_epochs = 0.0;   // [0, epochs), may be fractional: the rate rises linearly from 0 to `initial`
  // 0-10000 epochs that all of the above is made for; a shorter training has the last part of it. With the dense net's
  // epochs and schedule a retraining rewinds the learning rate (Renda et al., arXiv 2003.02389). 0: as many as it
  // trains.
  int schedule_epochs = 0;

  friend bool operator==(const LearningRate&, const LearningRate&) = default;
};

// Who computes a training step: loops of Winnow, or LibTorch's operations, differentiated by its autograd. The same
// mathematics to rounding; LibTorch's is slower, and there to be compared with.
enum class Arithmetic { kWinnow, kLibTorch };
std::string_view ArithmeticText(Arithmetic arithmetic);  // "winnow", "libtorch"

struct Augmentation {
  int crop_padding = 4;  // pixels, 0-16: each training image is cut at random from itself padded so far with zeros
  bool flip = true;      // mirrors every other training image, at random
  double least_area =
      0.08;  // (0, 1], image-folder instead of crop_padding: a random cut has this share of an image or more

  friend bool operator==(const Augmentation&, const Augmentation&) = default;
};

// How a net is trained, or retrained after a pruning step.
struct Training {
  int epochs = 10;       // 0-10000; 0 trains nothing: of the first net only with pretrained weights
  int batch_size = 128;  // images, 1-65536
  int64_t seed = 1;      // 0 to 2^53 - 1; decides initial weights, order, augmentation and dropout
  Optimizer optimizer;
  LearningRate learning_rate;
  Augmentation augmentation;
  double batch_norm_momentum = 0.1;  // (0, 1], the share of the new batch in the running average
  double initial_deviation = 0.0;    // 0-100, of random weights of convolutions; 0: He et al.'s. Not of retrainings
  Arithmetic arithmetic = Arithmetic::kWinnow;

  friend bool operator==(const Training&, const Training&) = default;
};

// Weights to start from instead of random ones. At least one of the two is given.
struct Pretrained {
  std::string path;    // a safetensors file, as the user wrote it; "" where only the digest is given
  std::string sha256;  // 64 lower-case hex digits; "" until the CLI has found and uploaded the file

  friend bool operator==(const Pretrained&, const Pretrained&) = default;
};

struct Model {
  std::string name;                 // of spec/network.h's catalogue, or kGraphModel where there is a graph
  double width = 1.0;               // (0, 4], factor on every channel count; only some networks take another than 1
  std::optional<LayerGraph> graph;  // a network of the user's own; fits the images and classes of the data
  std::optional<Pretrained> pretrained;

  friend bool operator==(const Model&, const Model&) = default;
};

struct Data {
  std::string name;     // of spec/data_set.h
  std::string digest;   // 64 lower-case hex digits; default the catalogue's
  int classes = 0;      // image-folder: 1-65535 folders of classes; else 0
  int side = 0;         // image-folder: 16-1024 pixels that a net gets, each way; 0 = 224, and for other data sets
  int train_limit = 0;  // images, the first so many of a fixed permutation of the training set; 0 = all
  int test_limit = 0;   // images, the first so many of the test set; 0 = all
  int held_out = 0;     // training images that nothing is trained on: trials are compared on these, not on the test set

  friend bool operator==(const Data&, const Data&) = default;
};

// One step of a ladder of pruning rates.
struct RateStep {
  double rate = 0.0;                    // (0, 1), the target of every prunable layer without a fixed rate
  std::optional<int> epochs;            // instead of the retraining's
  std::optional<double> learning_rate;  // instead of the retraining's initial one
  bool from_dense = false;  // start where the ladder starts, not from the step before; the next steps follow this one

  friend bool operator==(const RateStep&, const RateStep&) = default;
};

struct SpatialPruning {
  std::vector<RateStep> rates;  // 1-64; increasing from step to step, except at one from_dense; distinct
  Training retraining;          // after each step; default: the sweep's training
  DropoutShrinking dropout_shrinking = DropoutShrinking::kNone;  // in the retraining

  friend bool operator==(const SpatialPruning&, const SpatialPruning&) = default;
};

struct WinogradPruning {
  std::vector<RateStep> rates;  // as in SpatialPruning, and none below a spatial rate
  // Default: the sweep's training, with a batch_norm_momentum of 0.01. In JSON that one stands in "winograd" itself.
  Training retraining = DefaultRetraining();
  WinogradMethod method;  // in JSON its members stand in "winograd" itself

  Start start = Start::kSpatial;
  NativeRule native;         // of a native start only, like the next one
  Training native_training;  // default: the sweep's training; in JSON "native": {"training"}
  // Where "winograd" is a list:
  std::string name;             // 1-63 of [a-z0-9-], distinct; "" where it is no list
  std::vector<int> tile_sizes;  // some of the sweep's; empty: all of them

  static constexpr double kDefaultBatchNormMomentum = 0.01;
  static Training DefaultRetraining();

  friend bool operator==(const WinogradPruning&, const WinogradPruning&) = default;
};

struct LayerRules {
  std::vector<std::string> exclude;           // distinct convolutions that are neither pruned nor converted
  std::map<std::string, double> fixed_rates;  // [0, 1): of a prunable layer, in both domains, instead of the step's

  friend bool operator==(const LayerRules&, const LayerRules&) = default;
};

struct Benchmark {
  bool enabled = true;
  std::vector<int> batch_sizes = {1, 16};                                          // 1-16 distinct values, each 1-4096
  std::vector<int> threads = {1};                                                  // 1-16 distinct values, each 1-256
  std::vector<std::string> peers = {"onednn-direct", "onednn-winograd", "torch"};  // a subset of these, distinct
  int rounds = 15;  // 3-1000, interleaved; the median counts

  friend bool operator==(const Benchmark&, const Benchmark&) = default;
};

// What a stage may use.
struct StageResources {
  int threads = 1;                            // 1-256; part of the stage key, because part of the numerics
  int memory_mib = 2048;                      // 64-16777216
  std::map<std::string, std::string> labels;  // that its worker must have; no part of the stage key

  friend bool operator==(const StageResources&, const StageResources&) = default;
};

// What the stages of one kind use instead.
struct KindResources {
  std::optional<int> threads;
  std::optional<int> memory_mib;
  std::optional<std::map<std::string, std::string>> labels;

  friend bool operator==(const KindResources&, const KindResources&) = default;
};

struct Resources {
  StageResources stage;  // of every kind that says nothing else
  std::map<StageKind, KindResources> kinds;

  StageResources For(StageKind kind) const;

  friend bool operator==(const Resources&, const Resources&) = default;
};

struct SweepSpec {
  std::string name;         // 1-63 of [a-z0-9-], beginning with a letter
  std::string description;  // up to 4096 bytes, for people
  Model model;
  Data data;
  Training training;
  std::optional<SpatialPruning> spatial;
  std::optional<WinogradPruning> winograd;
  std::vector<WinogradPruning> methods;  // "winograd" as a list: alternatives side by side, 1-16; then no `winograd`
  std::vector<int> tile_sizes = {2, 4};  // of 2 and 4, distinct: the m of F(m x m, 3 x 3)
  std::vector<int64_t> seeds;            // 0-16 distinct ones; all trainings use each in turn instead of theirs
  // Of the dense net once more: a net that prunes for long is compared with it, too.
  std::optional<Training> trained_on;
  std::vector<std::string> test_trials;  // 0-1000 distinct ids, with data.held_out: those that see the test set as well
  std::optional<Objective> objective;    // `winnow run` then adds rates to those of `winograd`
  LayerRules layers;
  Benchmark benchmark;
  Resources resources;
  int max_attempts = 3;  // 1-100, of a stage before it counts as failed; "retries": {"max_attempts"}
  int priority = 0;      // -1000 to 1000, higher is sooner

  // Every pruning in the Winograd domain that the sweep asks for, in the order of the spec. Pointers into this.
  std::vector<const WinogradPruning*> WinogradPrunings() const;
  // What `pruning`, one of these, is done for.
  const std::vector<int>& TileSizesOf(const WinogradPruning& pruning) const {
    return pruning.tile_sizes.empty() ? tile_sizes : pruning.tile_sizes;
  }

  friend bool operator==(const SweepSpec&, const SweepSpec&) = default;
};

// Whether a coordinator can run it: pretrained weights must be given by digest. kFailedPrecondition says what to do.
Status CheckSubmittable(const SweepSpec& spec);

}  // namespace winnow::spec

#endif  // SPEC_SWEEP_SPEC_H_
