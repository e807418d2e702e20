#include "worker/stage/train_executor.h"

#include "worker/nn/initial_weights.h"
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

// Puts the prunable layers into the Winograd domain, where they are trained.
Status StartNative(PreparedNet& prepared, const spec::NativeParameters& native) {
  WINNOW_RETURN_IF_ERROR(CheckLayerNames(*prepared.net, native.exclude, {}));
  for (ConvUnit* unit : prepared.net->Prunable(native.exclude)) {
    WINNOW_RETURN_IF_ERROR(ConvertToWinograd(*unit, native.tile_size));
    prepared.extras.native_layers.push_back(unit->name());
  }
  prepared.extras.native = native.native;
  prepared.extras.l1 = native.native.l1;
  prepared.description.tile_size = native.tile_size;
  return OkStatus();
}

// A spatial layer would compute something else.
Status CheckRelus(Net& net) {
  for (ConvUnit* unit : net.Convs()) {
    if (!unit->layer().winograd_relu || unit->conv().tile_size() != 0) continue;
    return InvalidArgument(unit->name() +
                           " has its ReLU in the Winograd domain (model.winograd_relu) and is not trained "
                           "there; give the stage \"native\", with tile_size 2 and without it in "
                           "exclude");
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
    const double deviation = parameters.training.initial_deviation;
    if (deviation > 0.0) SetInitialWeights(*prepared.net, seed, deviation);
  }
  prepared.description = {.model = parameters.model.name, .width = parameters.model.width};
  if (parameters.native) WINNOW_RETURN_ERR_IF_ERROR(StartNative(prepared, *parameters.native));
  WINNOW_RETURN_ERR_IF_ERROR(CheckRelus(*prepared.net));
  WINNOW_ASSIGN_OR_RETURN(const StageImages images, LoadTrainingImages(context, catalogue, parameters.data));
  return TrainAndSave(context, std::move(prepared), images, parameters.training);
}

}  // namespace winnow::worker
