#include "kernels/tuning/kernel_tuner.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace winnow::kernels {
namespace {

double DensityOf(std::span<const float> q) {
  const auto kept = std::count_if(q.begin(), q.end(), [](float x) { return x != 0; });
  return q.empty() ? 0 : static_cast<double>(kept) / static_cast<double>(q.size());
}

}  // namespace

Result<KernelTuner> KernelTuner::Open(std::filesystem::path path, std::string machine, const AutotuneLimits& limits,
                                      std::unique_ptr<TuningTimer> timer) {
  WINNOW_RETURN_ERR_IF_ERROR(CheckTuningMachine(machine));
  WINNOW_ASSIGN_OR_RETURN(TuningMemory memory, ReadTuningFile(path));
  return KernelTuner(std::move(path), std::move(machine), limits, std::move(timer), std::move(memory));
}

Result<KernelTuner> KernelTuner::WithoutFile(std::string machine, const AutotuneLimits& limits,
                                             std::unique_ptr<TuningTimer> timer) {
  WINNOW_RETURN_ERR_IF_ERROR(CheckTuningMachine(machine));
  return KernelTuner({}, std::move(machine), limits, std::move(timer), {});
}

Result<TunedPlan> KernelTuner::MakePlan(const ConvPlanOptions& options, std::span<const float> q,
                                        std::span<const float> bias, ParallelFor parallel_for) {
  WINNOW_ASSIGN_OR_RETURN(const Isa isa, SelectIsa(options.isa));
  const TuningKey key = TuningKey::Of(machine_, options, isa, DensityOf(q));
  const bool is_free = !options.multiply && options.tuning == Tuning();
  std::optional<KernelChoice> choice = is_free ? memory_.Find(key) : std::nullopt;
  const bool remembered = choice.has_value();
  bool tuned = remembered;
  if (!remembered) {
    WINNOW_ASSIGN_OR_RETURN(const TunedChoice timed, Autotune(options, q, bias, parallel_for, limits_, *timer_));
    choice = timed.choice;
    tuned = timed.conclusive;
    if (tuned && is_free) {
      memory_.Remember(key, *choice);
      unsaved_.Remember(key, *choice);
    }
  }
  WINNOW_ASSIGN_OR_RETURN(ConvPlan plan, MakeConvPlan(WithChoice(options, *choice), q, bias));
  return TunedPlan{std::move(plan), tuned, remembered};
}

Status KernelTuner::Save() {
  if (path_.empty() || unsaved_.empty()) return OkStatus();
  WINNOW_RETURN_IF_ERROR(AddToTuningFile(path_, unsaved_));
  unsaved_ = {};
  return OkStatus();
}

}  // namespace winnow::kernels
