// `benchmark`: a net's prunable layers timed against the peers on this machine.
#ifndef WORKER_STAGE_BENCHMARK_EXECUTOR_H_
#define WORKER_STAGE_BENCHMARK_EXECUTOR_H_

#include "worker/stage/stage_executor.h"

namespace winnow::worker {

class BenchmarkExecutor : public StageExecutor {
 public:
  Result<StageOutcome> Run(const StageContext& context) override;
};

}  // namespace winnow::worker

#endif  // WORKER_STAGE_BENCHMARK_EXECUTOR_H_
