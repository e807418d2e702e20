// How training settings stand in JSON: in a sweep spec twice over, and in stage parameters.
#ifndef SPEC_TRAINING_TABLE_H_
#define SPEC_TRAINING_TABLE_H_

#include "spec/json_table.h"
#include "spec/sweep_spec.h"

namespace winnow::spec {

// The whole of Training.
Table<Training> TrainingTable();

// A retraining in a sweep spec: no seed, which is the sweep's, and what is left out is inherited.
// `with_batch_norm_momentum` is false for "winograd", which has it as a member of its own.
Table<Training> RetrainingTable(bool with_batch_norm_momentum);

// What is shared with the tables of sweep spec and stage parameters.
JsonType<int64_t> SeedType();
JsonType<double> RateType();               // (0, 1)
JsonType<double> FixedRateType();          // [0, 1)
JsonType<double> BatchNormMomentumType();  // (0, 1]
JsonType<double> GradientExponentType();   // [0, 4]
JsonType<double> InitialLearningRateType();
JsonType<int> EpochsType();
JsonType<DropoutShrinking> DropoutShrinkingType();
inline constexpr char kDropoutShrinkingHelp[] =
    "what becomes of dropout before a pruned layer: nothing, p (1 - rate)^0.75, or p sqrt(0.7 (1 - rate))";
JsonType<int> TileSizeType();
JsonType<int> MaskGroupType();
JsonType<int> SideType();
JsonType<std::vector<int>> BatchSizesType();
JsonType<std::vector<int>> BenchmarkThreadsType();
JsonType<std::vector<std::string>> PeersType();
JsonType<int> RoundsType();
JsonType<std::vector<std::string>> ExcludeType();
JsonType<std::map<std::string, double>> FixedRatesType();

}  // namespace winnow::spec

#endif  // SPEC_TRAINING_TABLE_H_
