#include "worker/stage/stage_executor.h"

#include "worker/stage/benchmark_executor.h"
#include "worker/stage/evaluate_executor.h"
#include "worker/stage/spatial_prune_executor.h"
#include "worker/stage/train_executor.h"
#include "worker/stage/winograd_prune_executor.h"

namespace winnow::worker {

std::unique_ptr<StageExecutor> MakeStageExecutor(spec::StageKind kind) {
  switch (kind) {
    case spec::StageKind::kTrain:
      return std::make_unique<TrainExecutor>();
    case spec::StageKind::kSpatialPrune:
      return std::make_unique<SpatialPruneExecutor>();
    case spec::StageKind::kWinogradPrune:
      return std::make_unique<WinogradPruneExecutor>();
    case spec::StageKind::kEvaluate:
      return std::make_unique<EvaluateExecutor>();
    case spec::StageKind::kBenchmark:
      return std::make_unique<BenchmarkExecutor>();
  }
  return nullptr;
}

}  // namespace winnow::worker
