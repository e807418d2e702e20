// Plans with tuned kernels: what is remembered is used, what is not is timed once and remembered.
//
//   WINNOW_ASSIGN_OR_RETURN(KernelTuner tuner, KernelTuner::Open(path, machine));
//   WINNOW_ASSIGN_OR_RETURN(TunedPlan tuned, tuner.MakePlan({.shape = shape}, q, bias, parallel_for));
//   Status saved = tuner.Save();     // after each layer, or at the end
#ifndef KERNELS_TUNING_KERNEL_TUNER_H_
#define KERNELS_TUNING_KERNEL_TUNER_H_

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "kernels/parallel_for.h"
#include "kernels/plan/conv_plan.h"
#include "kernels/tuning/autotune.h"
#include "kernels/tuning/tuning_memory.h"

namespace winnow::kernels {

struct TunedPlan {
  ConvPlan plan;
  bool tuned = false;       // false: the budget was too short to compare, so that the plan is the model's
  bool remembered = false;  // nothing was timed
};

// Threads    one call at a time.
// Ownership  owns its memory of choices and the timer.
class KernelTuner {
 public:
  // Remembers in the file at `path`, for `machine` (TuningKey::machine). Errors of CheckTuningMachine() and
  // ReadTuningFile(): a caller may then do without the file.
  static Result<KernelTuner> Open(std::filesystem::path path, std::string machine, const AutotuneLimits& limits = {},
                                  std::unique_ptr<TuningTimer> timer = std::make_unique<SteadyTuningTimer>());

  // Remembers for itself alone: Save() does nothing.
  static Result<KernelTuner> WithoutFile(std::string machine, const AutotuneLimits& limits = {},
                                         std::unique_ptr<TuningTimer> timer = std::make_unique<SteadyTuningTimer>());

  // Arguments and errors of MakeConvPlan; `parallel_for` is the one that will run the plan. What the options force
  // stays forced, and is then not looked up or remembered, but timed every time.
  Result<TunedPlan> MakePlan(const ConvPlanOptions& options, std::span<const float> q, std::span<const float> bias,
                             ParallelFor parallel_for);

  // Writes what was timed since the last Save(). Errors of AddToTuningFile(); the same is then tried again next time.
  Status Save();

 private:
  KernelTuner(std::filesystem::path path, std::string machine, const AutotuneLimits& limits,
              std::unique_ptr<TuningTimer> timer, TuningMemory memory)
      : path_(std::move(path)),
        machine_(std::move(machine)),
        limits_(limits),
        timer_(std::move(timer)),
        memory_(std::move(memory)) {}

  std::filesystem::path path_;  // empty for none
  std::string machine_;
  AutotuneLimits limits_;
  std::unique_ptr<TuningTimer> timer_;
  TuningMemory memory_;
  TuningMemory unsaved_;  // part of memory_
};

}  // namespace winnow::kernels

#endif  // KERNELS_TUNING_KERNEL_TUNER_H_
