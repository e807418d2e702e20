#include "worker/stage/train_executor.h"

#include "worker/stage/net_stage.h"

namespace winnow::worker {
namespace {

Status CheckSpatial(const Net& net, const std::string& origin) {
  for (ConvUnit* unit : net.Convs()) {
    if (unit->conv().tile_size() == 0) continue;
    return InvalidArgument(origin + " hold " + unit->name() +
                           " in the Winograd domain; a dense net is spatial throughout");
  }
  return OkStatus();
}

}  // namespace

Result<StageOutcome> TrainExecutor::Run(const StageContext& context) {
  const auto& parameters = std::get<spec::TrainParameters>(context.request.parameters);
  WINNOW_ASSIGN_OR_RETURN(const StageCatalogue catalogue, FindCatalogue(parameters.model, parameters.data));
  const auto seed = static_cast<uint64_t>(parameters.training.seed);
  PreparedNet prepared;
  if (!context.request.parents.empty()) {
    const ParentNet& parent = context.request.parents.front();
    WINNOW_ASSIGN_OR_RETURN(prepared.net, LoadCheckpoint(parent.checkpoint, parent.digest, catalogue.network, seed));
    WINNOW_RETURN_ERR_IF_ERROR(CheckSpatial(*prepared.net, "the weights of the net to train on"));
  } else if (context.request.pretrained) {
    WINNOW_ASSIGN_OR_RETURN(prepared.net, LoadCheckpoint(*context.request.pretrained,
                                                         parameters.model.pretrained_sha256, catalogue.network, seed));
    WINNOW_RETURN_ERR_IF_ERROR(
        CheckSpatial(*prepared.net, "the pretrained weights " + context.request.pretrained->string()));
  } else {
    WINNOW_ASSIGN_OR_RETURN(prepared.net, MakeNet(catalogue.network, seed));
  }
  prepared.description = {.model = parameters.model.name, .width = parameters.model.width};
  WINNOW_ASSIGN_OR_RETURN(const StageImages images, LoadTrainingImages(context, catalogue, parameters.data));
  return TrainAndSave(context, std::move(prepared), images, parameters.training);
}

}  // namespace winnow::worker
