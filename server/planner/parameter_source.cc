#include "server/planner/parameter_source.h"

#include <algorithm>

#include "spec/data_set.h"
#include "spec/network.h"
#include "spec/winograd_relu.h"

namespace winnow::server {
namespace {

// The same training, with the default for every setting that is not used. `of_files`: of images in files of their own.
spec::Training UsedSettings(spec::Training training, bool of_files) {
  if (training.epochs == 0) {
    training = spec::Training();
    training.epochs = 0;
  }
  if (training.learning_rate.schedule != spec::LearningRateSchedule::kStep) {
    training.learning_rate.milestones.clear();
    training.learning_rate.factor = spec::LearningRate().factor;
  }
  const bool level = training.learning_rate.schedule == spec::LearningRateSchedule::kConstant &&
                     training.learning_rate.warmup_epochs == 0;
  if (level || training.learning_rate.schedule_epochs == training.epochs) training.learning_rate.schedule_epochs = 0;
  if (of_files) {
    training.augmentation.crop_padding = spec::Augmentation().crop_padding;
  } else {
    training.augmentation.least_area = spec::Augmentation().least_area;
  }
  return training;
}

// A threshold of 0 is none, whatever would make another of it.
spec::NativeRule UsedRule(spec::NativeRule rule) {
  if (rule.threshold > 0) return rule;
  return {.l1 = rule.l1};
}

spec::Training RetrainingOf(const spec::RateStep& step, spec::Training retraining, bool of_files) {
  retraining.epochs = step.epochs.value_or(retraining.epochs);
  retraining.learning_rate.initial = step.learning_rate.value_or(retraining.learning_rate.initial);
  retraining.initial_deviation = spec::Training().initial_deviation;  // inherited, but of the dense net's weights
  return UsedSettings(std::move(retraining), of_files);
}

// The same method, with the default for every setting that is not used.
spec::WinogradMethod UsedMethod(spec::WinogradMethod method) {
  if (method.allocation != spec::Allocation::kSensitivity) {
    method.sensitivity_images = spec::WinogradMethod().sensitivity_images;
  }
  spec::MaskChanges& changes = method.mask_changes;
  if (!changes.any()) changes = {};
  if (changes.regrowth != spec::Regrowth::kRigl) changes.regrowth_fraction = spec::MaskChanges().regrowth_fraction;
  return method;
}

template <typename V>
std::vector<V> Sorted(std::vector<V> values) {
  std::sort(values.begin(), values.end());
  return values;
}

}  // namespace

ParameterSource::ParameterSource(const spec::SweepSpec* spec) : spec_(spec) {
  model_ = {.name = spec->model.name,
            .width = spec->model.width,
            .graph = spec->model.graph,
            .pretrained_sha256 = spec->model.pretrained ? spec->model.pretrained->sha256 : ""};
  training_data_ = {.name = spec->data.name, .train_limit = spec->data.train_limit, .held_out = spec->data.held_out};
  test_data_ = {.name = spec->data.name, .test_limit = spec->data.test_limit};
  exclude_ = Sorted(spec->layers.exclude);

  const Result<spec::DataSet> set = spec::FindDataSet(spec->data.name, spec->data.classes, spec->data.side);
  if (!set) return;
  of_files_ = set->format == spec::DataFormat::kImageFolder;
  if (of_files_) {
    training_data_.classes = test_data_.classes = set->classes;
    training_data_.side = test_data_.side = set->height;
  }
  if (spec->data.digest == set->digest) {  // only then are its sizes those of the catalogue
    if (training_data_.train_limit >= set->train_images - training_data_.held_out) training_data_.train_limit = 0;
    if (test_data_.test_limit >= set->test_images) test_data_.test_limit = 0;
  }
  const Result<spec::Network> network = spec::FindNetwork(spec->model.name, spec->model.width, spec->model.graph, *set);
  if (!network) return;
  std::erase_if(exclude_, [&](const std::string& name) {
    const spec::Layer* const layer = network->FindLayer(name);
    return layer != nullptr && !layer->prunable();
  });
  winograd_relu_ = spec::WinogradReluLayers(*network, exclude_);
}

spec::ModelParameters ParameterSource::ModelOf(spec::Start start) const {
  spec::ModelParameters model = model_;
  if (start == spec::Start::kWinogradRelu) model.winograd_relu = winograd_relu_;
  return model;
}

spec::TrainParameters ParameterSource::Train() const {
  spec::Training training = UsedSettings(spec_->training, of_files_);
  if (!model_.pretrained_sha256.empty()) training.initial_deviation = spec::Training().initial_deviation;
  return {.model = model_, .data = training_data_, .training = std::move(training)};
}

spec::TrainParameters ParameterSource::TrainOn() const {
  spec::ModelParameters model = model_;
  model.pretrained_sha256.clear();  // it starts from a net
  return {.model = model, .data = training_data_, .training = RetrainingOf({}, *spec_->trained_on, of_files_)};
}

spec::TrainParameters ParameterSource::NativeTrain(int tile_size, const spec::WinogradPruning& pruning) const {
  return {.model = ModelOf(pruning.start),
          .data = training_data_,
          .training = UsedSettings(pruning.native_training, of_files_),
          .native =
              spec::NativeParameters{.tile_size = tile_size, .exclude = exclude_, .native = UsedRule(pruning.native)}};
}

spec::SpatialPruneParameters ParameterSource::SpatialPrune(int tile_size, const spec::RateStep& step) const {
  return {.model = model_,
          .data = training_data_,
          .tile_size = tile_size,
          .rate = step.rate,
          .exclude = exclude_,
          .fixed_rates = spec_->layers.fixed_rates,
          .dropout_shrinking = spec_->spatial->dropout_shrinking,
          .training = RetrainingOf(step, spec_->spatial->retraining, of_files_)};
}

spec::WinogradPruneParameters ParameterSource::WinogradPrune(int tile_size, const spec::WinogradPruning& pruning,
                                                             const spec::RateStep& step) const {
  return {.model = ModelOf(pruning.start),
          .data = training_data_,
          .tile_size = tile_size,
          .rate = step.rate,
          .exclude = exclude_,
          .fixed_rates = spec_->layers.fixed_rates,
          .method = UsedMethod(pruning.method),
          .training = RetrainingOf(step, pruning.retraining, of_files_)};
}

spec::EvaluateParameters ParameterSource::Evaluate(int tile_size, spec::Start start) const {
  spec::EvaluateParameters parameters = EvaluateOnTest(tile_size, start);
  parameters.data.held_out = spec_->data.held_out;
  if (parameters.data.held_out > 0) parameters.data.test_limit = 0;
  return parameters;
}

spec::EvaluateParameters ParameterSource::EvaluateOnTest(int tile_size, spec::Start start) const {
  return {.model = ModelOf(start), .data = test_data_, .tile_size = tile_size, .exclude = exclude_};
}

spec::BenchmarkParameters ParameterSource::Benchmark(int tile_size, spec::Start start) const {
  return {.model = ModelOf(start),
          .tile_size = tile_size,
          .exclude = exclude_,
          .batch_sizes = Sorted(spec_->benchmark.batch_sizes),
          .threads = Sorted(spec_->benchmark.threads),
          .peers = Sorted(spec_->benchmark.peers),
          .rounds = spec_->benchmark.rounds};
}

}  // namespace winnow::server
