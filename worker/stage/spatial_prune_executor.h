// `spatial_prune`: one step of structured pruning of the spatial weights (worker/pruning/spatial_groups.h), then
// retraining with the masks held.
#ifndef WORKER_STAGE_SPATIAL_PRUNE_EXECUTOR_H_
#define WORKER_STAGE_SPATIAL_PRUNE_EXECUTOR_H_

#include "worker/stage/stage_executor.h"

namespace winnow::worker {

class SpatialPruneExecutor : public StageExecutor {
 public:
  Result<StageOutcome> Run(const StageContext& context) override;
};

}  // namespace winnow::worker

#endif  // WORKER_STAGE_SPATIAL_PRUNE_EXECUTOR_H_
