// `train`: the dense net, from random or from pretrained weights; or one whose prunable layers are in the Winograd
// domain from the first step on ("native").
#ifndef WORKER_STAGE_TRAIN_EXECUTOR_H_
#define WORKER_STAGE_TRAIN_EXECUTOR_H_

#include "worker/stage/stage_executor.h"

namespace winnow::worker {

class TrainExecutor : public StageExecutor {
 public:
  Result<StageOutcome> Run(const StageContext& context) override;
};

}  // namespace winnow::worker

#endif  // WORKER_STAGE_TRAIN_EXECUTOR_H_
