#include "worker/stage/train_executor.h"

#include "worker/nn/initial_weights.h"
#include "worker/stage/net_stage.h"

namespace winnow::worker {

Result<StageOutcome> TrainExecutor::Run(const StageContext& context) {
  const auto& parameters = std::get<spec::TrainParameters>(context.request.parameters);
  WINNOW_ASSIGN_OR_RETURN(const StageCatalogue catalogue, FindCatalogue(parameters.model, parameters.data));
  const auto seed = static_cast<uint64_t>(parameters.training.seed);
  PreparedNet prepared;
  if (context.request.pretrained) {
    WINNOW_ASSIGN_OR_RETURN(prepared.net, LoadCheckpoint(*context.request.pretrained,
                                                         parameters.model.pretrained_sha256, catalogue.network, seed));
    for (ConvUnit* unit : prepared.net->Convs()) {
      if (unit->conv().tile_size() != 0) {
        return Err(InvalidArgument("the pretrained weights " + context.request.pretrained->string() + " hold " +
                                   unit->name() + " in the Winograd domain; a dense net is spatial throughout"));
      }
    }
  } else {
    WINNOW_ASSIGN_OR_RETURN(prepared.net, MakeNet(catalogue.network, seed));
    const double deviation = parameters.training.initial_deviation;
    if (deviation > 0.0) SetInitialWeights(*prepared.net, seed, deviation);
  }
  prepared.description = {.model = parameters.model.name, .width = parameters.model.width};
  WINNOW_ASSIGN_OR_RETURN(const StageImages images,
                          LoadTrainingImages(context, catalogue, parameters.data.train_limit));
  return TrainAndSave(context, std::move(prepared), images, parameters.training);
}

}  // namespace winnow::worker
