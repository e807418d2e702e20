#include "worker/stage/spatial_prune_executor.h"

#include <algorithm>

#include "worker/pruning/dropout_rates.h"
#include "worker/pruning/spatial_groups.h"
#include "worker/stage/kernel_values.h"
#include "worker/stage/net_stage.h"

namespace winnow::worker {
namespace {

// Chooses the layer's threshold and mask. Returns the layer's entry of the result.
Result<Json> PruneLayer(PreparedNet& prepared, ConvUnit& unit, double target, int tile_size) {
  if (unit.conv().tile_size() != 0) {
    return Err(FailedPrecondition(unit.name() + " of the parent is in the Winograd domain; spatial pruning starts from "
                                                "a spatial net"));
  }
  const std::span<const float> weights = Values(unit.conv().kernel());
  const ThresholdChoice choice = ChooseThreshold(weights, target, tile_size);
  const std::vector<uint8_t> kept = SpatialMask(weights, choice.threshold);
  WINNOW_RETURN_ERR_IF_ERROR(prepared.masks.Set(*prepared.net, unit.name(), kept));
  const auto pruned = std::count(kept.begin(), kept.end(), uint8_t{0});
  return Json{{"name", unit.name()},
              {"target", target},
              {"reached", choice.reached},
              {"spatial_sparsity", static_cast<double>(pruned) / static_cast<double>(kept.size())},
              {"threshold", choice.threshold}};
}

}  // namespace

Result<StageOutcome> SpatialPruneExecutor::Run(const StageContext& context) {
  const auto& parameters = std::get<spec::SpatialPruneParameters>(context.request.parameters);
  WINNOW_ASSIGN_OR_RETURN(const StageCatalogue catalogue, FindCatalogue(parameters.model, parameters.data));
  const ParentNet& parent = context.request.parents.front();
  PreparedNet prepared;
  WINNOW_ASSIGN_OR_RETURN(prepared.net, LoadCheckpoint(parent.checkpoint, parent.digest, catalogue.network,
                                                       static_cast<uint64_t>(parameters.training.seed)));
  WINNOW_RETURN_ERR_IF_ERROR(CheckLayerNames(*prepared.net, parameters.exclude, parameters.fixed_rates));
  Json layers = Json::array();
  std::map<std::string, double> rates;
  for (ConvUnit* unit : prepared.net->Prunable(parameters.exclude)) {
    const auto fixed = parameters.fixed_rates.find(unit->name());
    const double target = fixed == parameters.fixed_rates.end() ? parameters.rate : fixed->second;
    WINNOW_ASSIGN_OR_RETURN(Json layer, PruneLayer(prepared, *unit, target, parameters.tile_size));
    layers.push_back(std::move(layer));
    rates[unit->name()] = target;
  }
  prepared.net->SetDropoutProbabilities(DropoutProbabilities(catalogue.network, rates, parameters.dropout_shrinking));
  prepared.pruning = {{"rate", parameters.rate}, {"layers", std::move(layers)}};
  prepared.description = {
      .model = parameters.model.name, .width = parameters.model.width, .spatial_rate = parameters.rate};
  WINNOW_ASSIGN_OR_RETURN(const StageImages images, LoadTrainingImages(context, catalogue, parameters.data));
  return TrainAndSave(context, std::move(prepared), images, parameters.training);
}

}  // namespace winnow::worker
