// The parameters of a sweep's stages, so written that equal computations have equal parameters.
#ifndef SERVER_PLANNER_PARAMETER_SOURCE_H_
#define SERVER_PLANNER_PARAMETER_SOURCE_H_

#include "spec/stage_parameters.h"
#include "spec/sweep_spec.h"

namespace winnow::server {

// What does not decide a result is put in one form: lists whose order does not count are sorted, excluded layers that
// would not be pruned anyway are dropped, a limit that cuts nothing is 0, and settings that are not used (milestones of
// another schedule than "step", the crop of another kind of data set, everything where no epoch is trained) have their
// defaults.
//
// Ownership: borrows the spec, which ParseSweepSpec made or whose values keep to the ranges it keeps.
class ParameterSource {
 public:
  explicit ParameterSource(const spec::SweepSpec* spec);

  spec::TrainParameters Train() const;
  spec::TrainParameters TrainOn() const;  // of a spec with trained_on: the dense net once more
  // Of the net that a pruning with a native start begins with.
  spec::TrainParameters NativeTrain(int tile_size, const spec::WinogradPruning& pruning) const;
  spec::SpatialPruneParameters SpatialPrune(int tile_size, const spec::RateStep& step) const;
  spec::WinogradPruneParameters WinogradPrune(int tile_size, const spec::WinogradPruning& pruning,
                                              const spec::RateStep& step) const;
  // Of a net of a ladder with that start; of dense and spatially pruned nets kSpatial. On the images that the sweep
  // compares trials on.
  spec::EvaluateParameters Evaluate(int tile_size, spec::Start start) const;
  spec::EvaluateParameters EvaluateOnTest(int tile_size, spec::Start start) const;
  spec::BenchmarkParameters Benchmark(int tile_size, spec::Start start) const;

 private:
  spec::ModelParameters ModelOf(spec::Start start) const;

  const spec::SweepSpec* const spec_;
  spec::ModelParameters model_;
  spec::TrainingDataParameters training_data_;
  spec::TestDataParameters test_data_;
  std::vector<std::string> exclude_;
  std::vector<std::string> winograd_relu_;  // layers that have their ReLU in the Winograd domain where it is there
  bool of_files_ = false;                   // whether images lie in files of their own
};

}  // namespace winnow::server

#endif  // SERVER_PLANNER_PARAMETER_SOURCE_H_
