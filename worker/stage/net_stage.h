// What the three net-making kinds of stage have in common: where the net comes from, training, and the files at the
// end.
#ifndef WORKER_STAGE_NET_STAGE_H_
#define WORKER_STAGE_NET_STAGE_H_

#include <torch/torch.h>

#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "spec/data_set.h"
#include "spec/network.h"
#include "spec/stage_parameters.h"
#include "worker/checkpoint/checkpoint.h"
#include "worker/data/batch_assembler.h"
#include "worker/data/image_set.h"
#include "worker/nn/net.h"
#include "worker/stage/stage_executor.h"
#include "worker/training/kernel_masks.h"
#include "worker/training/training_step.h"

namespace winnow::worker {

// The catalogue's entries that a stage speaks of.
struct StageCatalogue {
  spec::DataSet data_set;
  spec::Network network;
};
// `Data`: spec::TrainingDataParameters or spec::TestDataParameters.
template <typename Data>
Result<StageCatalogue> FindCatalogue(const spec::ModelParameters& model, const Data& data) {
  WINNOW_ASSIGN_OR_RETURN(spec::DataSet found, spec::FindDataSet(data.name, data.classes, data.side));
  WINNOW_ASSIGN_OR_RETURN(spec::Network network, spec::FindNetwork(model, found));
  return StageCatalogue{std::move(found), std::move(network)};
}

// The training images of a stage, and how they become batches.
struct StageImages {
  std::unique_ptr<const ImageSet> set;
  std::unique_ptr<const BatchAssembler> assembler;  // of `set`
};
// Those that `data` leaves: without the held-out ones, of the rest the first so many of a fixed permutation.
Result<StageImages> LoadTrainingImages(const StageContext& context, const StageCatalogue& catalogue,
                                       const spec::TrainingDataParameters& data);

// A net before its training.
struct PreparedNet {
  std::shared_ptr<Net> net;
  NetDescription description;                              // what the checkpoint will say
  KernelMasks masks;                                       // empty for a dense net
  std::map<std::string, torch::Tensor> gradient_divisors;  // by layer
  StepExtras extras;
  std::shared_ptr<Net> teacher;                       // what extras.teacher points to
  std::shared_ptr<MaskChanger> changer;               // null where the masks stay
  std::map<std::string, torch::Tensor> dense_copies;  // by layer, as TrainingJob has them
  Json pruning = Json::object();                      // members of the result besides those of training: rate, layers
};

// The net of a file, in whichever domain its layers are. `digest`: SHA-256 the file must have.
// kDataLoss when it has another or is damaged, kInvalidArgument when it is of another network.
Result<std::shared_ptr<Net>> LoadCheckpoint(const std::filesystem::path& path, const std::string& digest,
                                            const spec::Network& network, uint64_t seed);

// kInvalidArgument names those of `exclude` and `fixed_rates` that are no prunable convolutions of the net, with the
// names that are.
Status CheckLayerNames(const Net& net, const std::vector<std::string>& exclude,
                       const std::map<std::string, double>& fixed_rates);

// Trains `prepared` as the parameters say (going on from the request's resume point, if that fits), reports `started`,
// progress, measurements and resume points, writes checkpoint.safetensors and names it as the artifact "checkpoint".
// On the request's device.
Result<StageOutcome> TrainAndSave(const StageContext& context, PreparedNet prepared, const StageImages& images,
                                  const spec::Training& training);

}  // namespace winnow::worker

#endif  // WORKER_STAGE_NET_STAGE_H_
