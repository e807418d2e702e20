#include "worker/stage/winograd_prune_executor.h"

#include "worker/pruning/dropout_rates.h"
#include "worker/pruning/gradient_divisors.h"
#include "worker/refit/batch_norm_averages.h"
#include "worker/refit/gradual_pruner.h"
#include "worker/stage/net_stage.h"

namespace winnow::worker {
namespace {

// Converts what is to be pruned, where need be.
Result<std::vector<PruneTarget>> Targets(Net& net, const spec::WinogradPruneParameters& parameters) {
  std::vector<PruneTarget> targets;
  for (ConvUnit* unit : net.Prunable(parameters.exclude)) {
    const int before = unit->conv().tile_size();
    if (before != 0 && before != parameters.tile_size) {
      return Err(FailedPrecondition(unit->name() + " of the parent is pruned for tile size " + std::to_string(before) +
                                    ", this stage is for " + std::to_string(parameters.tile_size)));
    }
    WINNOW_RETURN_ERR_IF_ERROR(ConvertToWinograd(*unit, parameters.tile_size));
    const auto fixed = parameters.fixed_rates.find(unit->name());
    const bool has_fixed = fixed != parameters.fixed_rates.end();
    targets.push_back({.unit = unit, .rate = has_fixed ? fixed->second : parameters.rate, .fixed_rate = has_fixed});
  }
  return targets;
}

std::map<std::string, double> RatesOf(const std::vector<PruneTarget>& targets) {
  std::map<std::string, double> rates;
  for (const PruneTarget& target : targets) rates[target.unit->name()] = target.rate;
  return rates;
}

torch::Tensor DivisorTensor(int tile_size, double exponent) {
  const std::vector<float> divisors = GradientDivisors(tile_size, exponent);
  return torch::tensor(divisors).reshape({tile_size + 2, tile_size + 2});
}

// Of the stage's result. Where the masks go on changing it says what the layer is to reach, if that is known yet.
Json EntryOf(const PrunedLayer& layer, const spec::WinogradPruneParameters& parameters) {
  Json entry = {{"name", layer.name}, {"reached", layer.reached}};
  const auto fixed = parameters.fixed_rates.find(layer.name);
  if (!parameters.method.mask_changes.any()) {
    entry["target"] = layer.target;
  } else if (fixed != parameters.fixed_rates.end()) {
    entry["target"] = fixed->second;
  } else if (parameters.method.allocation == spec::Allocation::kUniform) {
    entry["target"] = parameters.rate;
  }
  if (layer.fall_rate > 0.0) entry["fall_rate"] = layer.fall_rate;
  return entry;
}

// What the pruned layers become in the net, its training and the stage's result.
Status Adopt(PreparedNet& prepared, const std::vector<PrunedLayer>& layers,
             const spec::WinogradPruneParameters& parameters) {
  const spec::WinogradMethod& method = parameters.method;
  const torch::Tensor divisors = DivisorTensor(parameters.tile_size, method.gradient_exponent);
  Json entries = Json::array();
  for (const PrunedLayer& layer : layers) {
    const std::span<const uint8_t> kept(layer.kept.data_ptr<uint8_t>(), static_cast<size_t>(layer.kept.numel()));
    WINNOW_RETURN_IF_ERROR(prepared.masks.Set(*prepared.net, layer.name, kept));
    if (method.preconditioner == spec::Preconditioner::kFactors) {
      prepared.gradient_divisors[layer.name] = divisors;
    } else if (!method.mask_changes.any()) {  // a changer brings those for its masks
      prepared.extras.preconditioners[layer.name] =
          KernelPreconditioner(layer.kept, parameters.tile_size).to(prepared.net->device());
    }
    entries.push_back(EntryOf(layer, parameters));
  }
  prepared.pruning = {{"rate", parameters.rate}, {"layers", std::move(entries)}};
  if (method.mask_group > 1) prepared.pruning["mask_group"] = method.mask_group;
  return OkStatus();
}

// The net of the stage's parent.
Result<std::shared_ptr<Net>> LoadParent(const StageContext& context, const StageCatalogue& catalogue, int64_t seed) {
  const ParentNet& parent = context.request.parents.front();
  WINNOW_ASSIGN_OR_RETURN(std::shared_ptr<Net> net, LoadCheckpoint(parent.checkpoint, parent.digest, catalogue.network,
                                                                   static_cast<uint64_t>(seed)));
  net->to(torch::Device(context.request.device));
  if (!net->device().is_cpu()) net->SetArithmetic(spec::Arithmetic::kLibTorch);
  return net;
}

}  // namespace

Result<StageOutcome> WinogradPruneExecutor::Run(const StageContext& context) {
  const auto& parameters = std::get<spec::WinogradPruneParameters>(context.request.parameters);
  const spec::WinogradMethod& method = parameters.method;
  WINNOW_ASSIGN_OR_RETURN(const StageCatalogue catalogue, FindCatalogue(parameters.model, parameters.data));
  WINNOW_ASSIGN_OR_RETURN(const SafetensorsFile file,
                          SafetensorsFile::Read(context.request.parents.front().checkpoint));
  WINNOW_ASSIGN_OR_RETURN(const NetDescription before, DescriptionOf(file));
  PreparedNet prepared;
  WINNOW_ASSIGN_OR_RETURN(prepared.net, LoadParent(context, catalogue, parameters.training.seed));
  WINNOW_RETURN_ERR_IF_ERROR(CheckLayerNames(*prepared.net, parameters.exclude, parameters.fixed_rates));
  WINNOW_ASSIGN_OR_RETURN(const std::vector<PruneTarget> targets, Targets(*prepared.net, parameters));
  WINNOW_ASSIGN_OR_RETURN(const StageImages images, LoadTrainingImages(context, catalogue, parameters.data));
  const ImageSample sample{.images = images.set.get(),
                           .assembler = images.assembler.get(),
                           .augmentation = {.crop_padding = parameters.training.augmentation.crop_padding,
                                            .flip = parameters.training.augmentation.flip,
                                            .least_area = parameters.training.augmentation.least_area},
                           .seed = static_cast<uint64_t>(parameters.training.seed),
                           .device = prepared.net->device()};
  const auto go_on = [&] { return !context.stop_requested(); };
  const int64_t batch = parameters.training.batch_size;
  const ChangeTimes times =
      TimesOf(method.mask_changes, parameters.training.epochs, (images.set->count + batch - 1) / batch);
  const auto pruner =
      std::make_shared<GradualPruner>(*prepared.net, targets, parameters.tile_size, method, &sample, times, go_on);
  const auto layers = pruner->Begin();
  if (!layers) return StageOutcome{.stopped = true, .values = {}};
  WINNOW_RETURN_ERR_IF_ERROR(Adopt(prepared, *layers, parameters));
  if (method.mask_changes.any()) {
    prepared.changer = pruner;
    prepared.dense_copies = pruner->dense_copies();
  }
  prepared.net->SetDropoutProbabilities(
      DropoutProbabilities(catalogue.network, RatesOf(targets), method.dropout_shrinking));
  if (method.batch_norm_images > 0 && !RemeasureBatchNorm(*prepared.net, sample, method.batch_norm_images, go_on)) {
    return StageOutcome{.stopped = true, .values = {}};
  }
  prepared.extras.l1 = method.l1;
  if (method.distillation.weight > 0) {
    WINNOW_ASSIGN_OR_RETURN(prepared.teacher, LoadParent(context, catalogue, parameters.training.seed));
    prepared.teacher->eval();
    prepared.extras.teacher = prepared.teacher.get();
    prepared.extras.distillation = method.distillation;
  }
  prepared.description = {.model = parameters.model.name,
                          .width = parameters.model.width,
                          .tile_size = parameters.tile_size,
                          .spatial_rate = before.spatial_rate,
                          .winograd_rate = parameters.rate};
  return TrainAndSave(context, std::move(prepared), images, parameters.training);
}

}  // namespace winnow::worker
