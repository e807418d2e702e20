#include "worker/bench/step_benchmark.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "worker/bench/layer_timing.h"
#include "worker/bench/library_versions.h"
#include "worker/nn/winograd_training.h"
#include "worker/pruning/gradient_divisors.h"
#include "worker/pruning/tile_size.h"
#include "worker/training/training_step.h"

namespace winnow::worker {
namespace {

constexpr uint64_t kSeed = 1;
constexpr double kRate = 0.01;
constexpr double kGradientExponent = 1.5;
constexpr int kProfiledSteps = 3;

bool IsConv2d(StepLayers layers) { return layers == StepLayers::kConv2dNchw || layers == StepLayers::kConv2dNhwc; }

spec::Training TrainingOf(StepLayers layers) {
  spec::Training training;
  training.optimizer = {.name = spec::OptimizerName::kSgd, .momentum = 0.9, .weight_decay = 5e-4};
  if (IsConv2d(layers)) training.arithmetic = spec::Arithmetic::kLibTorch;
  return training;
}

class NetStep : public StepContender {
 public:
  NetStep(std::shared_ptr<Net> net, KernelMasks masks, std::map<std::string, torch::Tensor> divisors,
          const StepConfiguration& configuration, int64_t batch)
      : net_(std::move(net)),
        masks_(std::move(masks)),
        configuration_(configuration),
        step_(*net_, TrainingOf(configuration.layers), masks_, std::move(divisors)) {
    const spec::Network& network = net_->network();
    torch::Generator generator = at::make_generator<at::CPUGeneratorImpl>(kSeed);
    images_ = torch::randn({batch, network.image_channels, network.image_height, network.image_width}, generator);
    if (configuration.layers == StepLayers::kConv2dNhwc) {
      images_ = images_.contiguous(torch::MemoryFormat::ChannelsLast);
    }
    labels_ = torch::randint(network.classes, {batch}, generator, torch::kInt64);
    net_->train();
  }

  void Run() override {
    KeepTransformedInputs(configuration_.layers == StepLayers::kWinogradKept);
    loss_ = step_.Run(images_, labels_, kRate, kSeed, steps_++).loss;
  }
  double loss() const override { return loss_; }
  std::string implementation() const override {
    return configuration_.ToString() + (IsConv2d(configuration_.layers) ? ", LibTorch " + LibTorchVersion() : "");
  }

 private:
  const std::shared_ptr<Net> net_;
  const KernelMasks masks_;
  const StepConfiguration configuration_;
  TrainingStep step_;
  torch::Tensor images_, labels_;
  uint64_t steps_ = 0;
  double loss_ = 0;
};

// Exactly round(sparsity * count) zeros, at random places.
std::vector<uint8_t> RandomMask(int64_t count, double sparsity, torch::Generator generator) {
  const torch::Tensor order = torch::randperm(count, generator, torch::kInt64);
  const int64_t* at = order.data_ptr<int64_t>();
  std::vector<uint8_t> kept(static_cast<size_t>(count), 1);
  const int64_t pruned = std::llround(sparsity * static_cast<double>(count));
  for (int64_t i = 0; i < pruned; ++i) kept[static_cast<size_t>(at[i])] = 0;
  return kept;
}

// Seconds of all threads together by phase, a step.
StepProfile ProfileSteps(StepContender& contender) {
  StartStepProfile();
  for (int i = 0; i < kProfiledSteps; ++i) contender.Run();
  StepProfile profile = TakeStepProfile();
  for (double& seconds : profile) seconds /= kProfiledSteps;
  return profile;
}

// The quickest conv2d by its median; none where there is no conv2d.
std::optional<size_t> BestConv2d(const std::vector<StepRow>& rows) {
  std::optional<size_t> best;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!IsConv2d(rows[i].configuration.layers)) continue;
    if (!best || rows[i].ms.median < rows[*best].ms.median) best = i;
  }
  return best;
}

}  // namespace

std::string_view StepLayersName(StepLayers layers) {
  switch (layers) {
    case StepLayers::kConv2dNchw:
      return "conv2d-nchw";
    case StepLayers::kConv2dNhwc:
      return "conv2d-nhwc";
    case StepLayers::kSpatial:
      return "spatial";
    case StepLayers::kWinograd:
      return "winograd";
    case StepLayers::kWinogradKept:
      return "winograd-kept";
  }
  return "";
}

std::string StepConfiguration::ToString() const {
  std::string text(StepLayersName(layers));
  if (variant) text.append(" ").append(kernels::VariantName(*variant));
  if (sparsity > 0) {
    char percent[32];
    std::snprintf(percent, sizeof percent, ", %g %% zeros", 100 * sparsity);
    text += percent;
  }
  return text;
}

Json StepRow::ToJson() const {
  Json seconds = Json::object();
  for (int i = 0; i < kStepPhases; ++i) seconds[std::string(StepPhaseName(static_cast<StepPhase>(i)))] = phases[i];
  return {{"layers", StepLayersName(configuration.layers)},
          {"variant", configuration.variant ? Json(kernels::VariantName(*configuration.variant)) : Json()},
          {"sparsity", configuration.sparsity},
          {"step_ms", worker::ToJson(ms)},
          {"images_per_s", images_per_s},
          {"ratio_to_best_conv2d", ratio_to_best_conv2d > 0 ? Json(ratio_to_best_conv2d) : Json()},
          {"phase_seconds", std::move(seconds)},
          {"peak_bytes", peak_bytes > 0 ? Json(peak_bytes) : Json()}};
}

Result<std::unique_ptr<StepContender>> MakeStepContender(const spec::Network& network,
                                                         const StepConfiguration& configuration, int64_t batch) {
  WINNOW_ASSIGN_OR_RETURN(std::shared_ptr<Net> net, MakeNet(network, kSeed));
  const std::vector<ConvUnit*> prunable = net->Prunable();
  if (prunable.empty()) return Err(InvalidArgument(network.name + " has no 3x3 convolution of stride 1"));
  KernelMasks masks;
  std::map<std::string, torch::Tensor> divisors;
  if (IsWinograd(configuration.layers)) {
    const int tile_size = kernels::TileOutputs(*configuration.variant);
    torch::Generator generator = at::make_generator<at::CPUGeneratorImpl>(kSeed);
    const torch::Tensor divisor =
        torch::tensor(GradientDivisors(tile_size, kGradientExponent)).reshape({tile_size + 2, tile_size + 2});
    for (ConvUnit* unit : prunable) {
      WINNOW_RETURN_ERR_IF_ERROR(ConvertToWinograd(*unit, tile_size));
      divisors[unit->name()] = divisor;
      if (configuration.sparsity == 0) continue;
      const int64_t count = unit->conv().kernel().numel();
      WINNOW_RETURN_ERR_IF_ERROR(masks.Set(*net, unit->name(), RandomMask(count, configuration.sparsity, generator)));
    }
  }
  return std::make_unique<NetStep>(std::move(net), std::move(masks), std::move(divisors), configuration, batch);
}

Result<std::vector<StepRow>> TimeSteps(const spec::Network& network, std::span<const StepConfiguration> configurations,
                                       int64_t batch, int rounds) {
  std::vector<std::unique_ptr<StepContender>> contenders;
  std::vector<Contender*> turns;
  for (const StepConfiguration& configuration : configurations) {
    WINNOW_ASSIGN_OR_RETURN(auto contender, MakeStepContender(network, configuration, batch));
    turns.push_back(contender.get());
    contenders.push_back(std::move(contender));
  }
  const std::vector<std::vector<double>> ms = TimeInTurn(turns, rounds);
  std::vector<StepRow> rows;
  for (size_t i = 0; i < contenders.size(); ++i) {
    if (!std::isfinite(contenders[i]->loss())) {
      return Err(Status(StatusCode::kOutOfRange, "the loss of " + configurations[i].ToString() + " is not finite"));
    }
    StepRow row{.configuration = configurations[i], .ms = Summarise(ms[i])};
    row.images_per_s = 1e3 * static_cast<double>(batch) / row.ms.median;
    row.phases = ProfileSteps(*contenders[i]);
    rows.push_back(row);
  }
  if (const std::optional<size_t> best = BestConv2d(rows)) {
    for (size_t i = 0; i < rows.size(); ++i) rows[i].ratio_to_best_conv2d = MedianRatio(ms[*best], ms[i]);
  }
  return rows;
}

}  // namespace winnow::worker
