// `winograd_prune`: conversion into the Winograd domain where the parent is spatial, one step of pruning there
// (worker/pruning/winograd_mask.h), then retraining with masks held and gradients divided by F^exponent.
#ifndef WORKER_STAGE_WINOGRAD_PRUNE_EXECUTOR_H_
#define WORKER_STAGE_WINOGRAD_PRUNE_EXECUTOR_H_

#include "worker/stage/stage_executor.h"

namespace winnow::worker {

class WinogradPruneExecutor : public StageExecutor {
 public:
  Result<StageOutcome> Run(const StageContext& context) override;
};

}  // namespace winnow::worker

#endif  // WORKER_STAGE_WINOGRAD_PRUNE_EXECUTOR_H_
