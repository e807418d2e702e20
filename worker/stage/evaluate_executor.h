// `evaluate`: accuracy and loss on the test images, and how sparse the net is.
#ifndef WORKER_STAGE_EVALUATE_EXECUTOR_H_
#define WORKER_STAGE_EVALUATE_EXECUTOR_H_

#include "worker/stage/stage_executor.h"

namespace winnow::worker {

class EvaluateExecutor : public StageExecutor {
 public:
  Result<StageOutcome> Run(const StageContext& context) override;
};

}  // namespace winnow::worker

#endif  // WORKER_STAGE_EVALUATE_EXECUTOR_H_
