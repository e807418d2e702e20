#include "worker/stage/winograd_prune_executor.h"

#include "worker/pruning/gradient_divisors.h"
#include "worker/pruning/winograd_mask.h"
#include "worker/stage/kernel_values.h"
#include "worker/stage/net_stage.h"

namespace winnow::worker {
namespace {

// Converts the layer where need be, chooses its mask. Returns the layer's entry of the result.
Result<Json> PruneLayer(PreparedNet& prepared, ConvUnit& unit, double target,
                        const spec::WinogradPruneParameters& parameters) {
  const int before = unit.conv().tile_size();
  if (before != 0 && before != parameters.tile_size) {
    return Err(FailedPrecondition(unit.name() + " of the parent is pruned for tile size " + std::to_string(before) +
                                  ", this stage is for " + std::to_string(parameters.tile_size)));
  }
  WINNOW_RETURN_ERR_IF_ERROR(ConvertToWinograd(unit, parameters.tile_size));
  const torch::Tensor kernel = unit.conv().kernel();
  const WinogradMask mask = PruneWinograd(Values(kernel), target, parameters.tile_size, parameters.importance_factors,
                                          {.out_channels = parameters.mask_group, .in_channels = kernel.size(1)});
  WINNOW_RETURN_ERR_IF_ERROR(prepared.masks.Set(*prepared.net, unit.name(), mask.kept));
  return Json{{"name", unit.name()}, {"target", target}, {"reached", mask.reached}};
}

torch::Tensor DivisorTensor(int tile_size, double exponent) {
  const std::vector<float> divisors = GradientDivisors(tile_size, exponent);
  return torch::tensor(divisors).reshape({tile_size + 2, tile_size + 2});
}

}  // namespace

Result<StageOutcome> WinogradPruneExecutor::Run(const StageContext& context) {
  const auto& parameters = std::get<spec::WinogradPruneParameters>(context.request.parameters);
  WINNOW_ASSIGN_OR_RETURN(const StageCatalogue catalogue, FindCatalogue(parameters.model, parameters.data));
  const ParentNet& parent = context.request.parents.front();
  WINNOW_ASSIGN_OR_RETURN(const SafetensorsFile file, SafetensorsFile::Read(parent.checkpoint));
  WINNOW_ASSIGN_OR_RETURN(const NetDescription before, DescriptionOf(file));
  PreparedNet prepared;
  WINNOW_ASSIGN_OR_RETURN(prepared.net, LoadCheckpoint(parent.checkpoint, parent.digest, catalogue.network,
                                                       static_cast<uint64_t>(parameters.training.seed)));
  WINNOW_RETURN_ERR_IF_ERROR(CheckLayerNames(*prepared.net, parameters.exclude, parameters.fixed_rates));
  const torch::Tensor divisors = DivisorTensor(parameters.tile_size, parameters.gradient_exponent);
  Json layers = Json::array();
  for (ConvUnit* unit : prepared.net->Prunable(parameters.exclude)) {
    const auto fixed = parameters.fixed_rates.find(unit->name());
    const double target = fixed == parameters.fixed_rates.end() ? parameters.rate : fixed->second;
    WINNOW_ASSIGN_OR_RETURN(Json layer, PruneLayer(prepared, *unit, target, parameters));
    layers.push_back(std::move(layer));
    prepared.gradient_divisors[unit->name()] = divisors;
  }
  prepared.pruning = {{"rate", parameters.rate}, {"layers", std::move(layers)}};
  if (parameters.mask_group > 1) prepared.pruning["mask_group"] = parameters.mask_group;
  prepared.description = {.model = parameters.model.name,
                          .width = parameters.model.width,
                          .tile_size = parameters.tile_size,
                          .spatial_rate = before.spatial_rate,
                          .winograd_rate = parameters.rate};
  return TrainAndSave(context, catalogue, std::move(prepared), parameters.data.train_limit, parameters.training);
}

}  // namespace winnow::worker
