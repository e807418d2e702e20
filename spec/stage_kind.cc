#include "spec/stage_kind.h"

namespace winnow::spec {

std::string_view StageKindName(StageKind kind) {
  switch (kind) {
    case StageKind::kTrain:
      return "train";
    case StageKind::kSpatialPrune:
      return "spatial_prune";
    case StageKind::kWinogradPrune:
      return "winograd_prune";
    case StageKind::kEvaluate:
      return "evaluate";
    case StageKind::kBenchmark:
      return "benchmark";
  }
  return "";
}

std::optional<StageKind> FindStageKind(std::string_view name) {
  for (const StageKind kind : kStageKinds) {
    if (StageKindName(kind) == name) return kind;
  }
  return std::nullopt;
}

int StageKindVersion(StageKind kind) {
  switch (kind) {
    case StageKind::kTrain:
    case StageKind::kSpatialPrune:
    case StageKind::kWinogradPrune:
    case StageKind::kEvaluate:
      return 1;
    case StageKind::kBenchmark:
      return 2;  // 2: whole networks are timed too
  }
  return 0;
}

bool MakesNet(StageKind kind) {
  return kind == StageKind::kTrain || kind == StageKind::kSpatialPrune || kind == StageKind::kWinogradPrune;
}

}  // namespace winnow::spec
