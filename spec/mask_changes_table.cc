#include "spec/mask_changes_table.h"

#include <algorithm>

namespace winnow::spec {
namespace {

// Of a retraining of so many epochs.
void CheckEpochs(const MaskChanges& changes, int epochs, const std::string& pointer, FaultList& faults) {
  if (epochs == 0) {
    const bool cubic = changes.schedule == PruningSchedule::kCubic;
    faults.Add(pointer + (cubic ? "/schedule" : "/regrowth"),
               std::string("expected ") + (cubic ? "\"step\"" : "\"none\"") +
                   " where the retraining has no epochs to change masks in, found \"" +
                   std::string(cubic ? PruningScheduleText(changes.schedule) : RegrowthText(changes.regrowth)) + "\"");
  } else if (changes.mask_epochs > epochs) {
    faults.Add(pointer + "/mask_epochs", "expected at most the epochs of the retraining, " + std::to_string(epochs) +
                                             ", found " + DumpJson(Json(changes.mask_epochs)));
  }
}

}  // namespace

void CheckMaskChanges(const WinogradPruning& winograd, const std::string& pointer, FaultList& faults) {
  const WinogradMethod& method = winograd.method;
  const MaskChanges& changes = method.mask_changes;
  if (!changes.any()) return;
  const std::vector<RateStep>& steps = winograd.rates;
  if (std::any_of(steps.begin(), steps.end(), [](const RateStep& step) { return !step.epochs; })) {
    CheckEpochs(changes, winograd.retraining.epochs, pointer, faults);
  }
  for (size_t i = 0; i < steps.size(); ++i) {
    if (!steps[i].epochs || (*steps[i].epochs > 0 && changes.mask_epochs <= *steps[i].epochs)) continue;
    faults.Add(Below(pointer + "/rates", i),
               "expected an epoch or more, and no fewer than mask_epochs, for masks to change in, found " +
                   std::to_string(*steps[i].epochs));
  }
  if (changes.regrowth == Regrowth::kRigl && method.mask_group > 1) {
    faults.Add(pointer + "/mask_group",
               "expected 1 with the regrowth \"rigl\", found " + std::to_string(method.mask_group));
  }
  if (changes.schedule == PruningSchedule::kCubic && method.rounds > 1) {
    faults.Add(pointer + "/rounds", "expected 1 with the schedule \"cubic\", which prunes bit by bit itself, found " +
                                        std::to_string(method.rounds));
  }
}

}  // namespace winnow::spec
