// The fastest plan for one layer, by trying.
#ifndef KERNELS_TUNING_AUTOTUNE_H_
#define KERNELS_TUNING_AUTOTUNE_H_

#include <span>

#include "base/result.h"
#include "kernels/parallel_for.h"
#include "kernels/plan/conv_plan.h"
#include "kernels/tuning/kernel_choice.h"

namespace winnow::kernels {

struct AutotuneLimits {
  double budget_ms = 1000;  // for one layer, plans made and runs timed; exceeded by the sample under way at most
  int rounds = 9;           // samples a candidate, at least kLeastRounds (tuning/fastest.h)
};

// Where a tuning takes its time from: a seam for tests.
class TuningTimer {
 public:
  virtual ~TuningTimer() = default;
  // Since some moment; never goes back.
  virtual double NowMs() = 0;
  // Calls `run`, one run of `plan`, as often as a sample needs; milliseconds of one call.
  virtual double SampleMs(const ConvPlan& plan, FunctionRef<void()> run) = 0;
};

// The steady clock. A sample is the mean over as many runs as fill some 0.2 ms, behind one that does not count
// (docs/decisions/0007).
class SteadyTuningTimer : public TuningTimer {
 public:
  double NowMs() override;
  double SampleMs(const ConvPlan& plan, FunctionRef<void()> run) override;
};

struct TunedChoice {
  KernelChoice choice;      // what to force (WithChoice)
  bool conclusive = false;  // false: the budget let nothing be compared, and the choice is the model's
  int candidates = 0;       // that were timed
  double model_ms = 0;      // medians: of what the plan would have chosen itself
  double choice_ms = 0;     // and of the choice
};

// Times the candidates for the filter `q` (KernelCandidates) in turn, on made-up images: one sample each a round, those
// that clearly lose left out from the third round on. The fastest by median is chosen, the model's own choice where
// that is within 2 % (tuning/fastest.h). Results are not checked: every candidate computes the same but for the order
// of sums.
//
// Candidates for which the budget is too short are not tried.
//
// Memory  holds a plan for every candidate, input and output and scratch at once.
// Time    limits.budget_ms; `q` is packed once a candidate.
// Errors  those of MakeConvPlan; kInvalidArgument for limits that let nothing be timed. A candidate that cannot be
//         planned is left out, but for the model's.
Result<TunedChoice> Autotune(const ConvPlanOptions& options, std::span<const float> q, std::span<const float> bias,
                             ParallelFor parallel_for, const AutotuneLimits& limits, TuningTimer& timer);

}  // namespace winnow::kernels

#endif  // KERNELS_TUNING_AUTOTUNE_H_
