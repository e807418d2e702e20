// The five kinds of stage, their names in JSON, and the version of what each computes.
#ifndef SPEC_STAGE_KIND_H_
#define SPEC_STAGE_KIND_H_

#include <array>
#include <optional>
#include <string_view>

namespace winnow::spec {

enum class StageKind { kTrain, kSpatialPrune, kWinogradPrune, kEvaluate, kBenchmark };

inline constexpr std::array<StageKind, 5> kStageKinds = {StageKind::kTrain, StageKind::kSpatialPrune,
                                                         StageKind::kWinogradPrune, StageKind::kEvaluate,
                                                         StageKind::kBenchmark};

// "train", "spatial_prune", "winograd_prune", "evaluate", "benchmark".
std::string_view StageKindName(StageKind kind);

// The kind of that name, if there is one.
std::optional<StageKind> FindStageKind(std::string_view name);

// Part of the stage key. Raise it in the same commit that changes what a stage of the kind computes: old results are
// then no longer found under the new keys. Raise a parent's kind alone when only it changed; keys of parents are part
// of a child's key.
int StageKindVersion(StageKind kind);

// Whether a stage of the kind results in a net (the artifact "checkpoint") that other stages start from.
bool MakesNet(StageKind kind);

}  // namespace winnow::spec

#endif  // SPEC_STAGE_KIND_H_
