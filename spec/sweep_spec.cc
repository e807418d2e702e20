#include "spec/sweep_spec.h"

namespace winnow::spec {

std::string_view OptimizerNameText(OptimizerName name) {
  switch (name) {
    case OptimizerName::kSgd:
      return "sgd";
    case OptimizerName::kAdam:
      return "adam";
  }
  return "";
}

std::string_view ArithmeticText(Arithmetic arithmetic) {
  return arithmetic == Arithmetic::kWinnow ? "winnow" : "libtorch";
}

std::string_view LearningRateScheduleText(LearningRateSchedule schedule) {
  switch (schedule) {
    case LearningRateSchedule::kConstant:
      return "constant";
    case LearningRateSchedule::kStep:
      return "step";
    case LearningRateSchedule::kCosine:
      return "cosine";
  }
  return "";
}

std::string_view MaximizeText(Maximize maximize) {
  return maximize == Maximize::kWorkWeightedSparsity ? "work_weighted_sparsity" : "speed";
}

Training WinogradPruning::DefaultRetraining() {
  Training training;
  training.batch_norm_momentum = kDefaultBatchNormMomentum;
  return training;
}

std::vector<const WinogradPruning*> SweepSpec::WinogradPrunings() const {
  std::vector<const WinogradPruning*> prunings;
  if (winograd) prunings.push_back(&*winograd);
  for (const WinogradPruning& one : methods) prunings.push_back(&one);
  return prunings;
}

StageResources Resources::For(StageKind kind) const {
  StageResources resources = stage;
  if (const auto it = kinds.find(kind); it != kinds.end()) {
    resources.threads = it->second.threads.value_or(resources.threads);
    resources.memory_mib = it->second.memory_mib.value_or(resources.memory_mib);
    resources.labels = it->second.labels.value_or(resources.labels);
  }
  return resources;
}

Status CheckSubmittable(const SweepSpec& spec) {
  if (spec.model.pretrained && spec.model.pretrained->sha256.empty()) {
    return FailedPrecondition(
        "model.pretrained names the file \"" + spec.model.pretrained->path +
        "\" without its sha256; submit with `winnow`, which uploads the file and fills in the digest");
  }
  return OkStatus();
}

}  // namespace winnow::spec
