// The members of MaskChanges in JSON, as they stand among those of a WinogradMethod, and the rules between them.
#ifndef SPEC_MASK_CHANGES_TABLE_H_
#define SPEC_MASK_CHANGES_TABLE_H_

#include <string>

#include "spec/json_table.h"
#include "spec/sweep_spec.h"
#include "spec/training_table.h"

namespace winnow::spec {

// Of a P that has them in `method.mask_changes`.
template <typename P>
Table<P> MaskChangesTable() {
  const auto field = [](std::string name, auto member, auto type, std::string description) {
    return MakeField<P>(
        std::move(name),
        Presence::kDefaulted, [member](auto& value) -> auto& { return value.method.mask_changes.*member; },
        std::move(type), std::move(description));
  };
  using M = MaskChanges;
  return {
      field("schedule", &M::schedule,
            ChoiceType<PruningSchedule>({PruningSchedule::kStep, PruningSchedule::kCubic}, PruningScheduleText),
            "prune all before the retraining, or gradually in it, ever fewer from change to change"),
      field("regrowth", &M::regrowth,
            ChoiceType<Regrowth>({Regrowth::kNone, Regrowth::kDenseCopy, Regrowth::kRigl}, RegrowthText),
            "whether pruned coefficients may come back: never, by a copy that trains on, or by their gradients"),
      field("regrowth_fraction", &M::regrowth_fraction, NumberType({0, 1, true, true}),
            "of rigl: the share of a layer's survivors that the first change replaces"),
      field(
          "mask_epochs", &M::mask_epochs, NumberType({0, 10000}),
          "epochs, may be fractional, in which cubic and regrowth change masks; 0 = three quarters of the retraining"),
      field("mask_interval", &M::mask_interval, IntegerType<int>(1, 1000000),
            "steps of the optimizer from one change of the masks to the next"),
  };
}

// Faults of the method and its retraining together. `pointer` is where both stand: "/winograd".
void CheckMaskChanges(const WinogradPruning& winograd, const std::string& pointer, FaultList& faults);

}  // namespace winnow::spec

#endif  // SPEC_MASK_CHANGES_TABLE_H_
