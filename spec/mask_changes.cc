#include "spec/mask_changes.h"

namespace winnow::spec {

std::string_view PruningScheduleText(PruningSchedule schedule) {
  return schedule == PruningSchedule::kStep ? "step" : "cubic";
}

std::string_view RegrowthText(Regrowth regrowth) {
  switch (regrowth) {
    case Regrowth::kNone:
      return "none";
    case Regrowth::kDenseCopy:
      return "dense-copy";
    case Regrowth::kRigl:
      return "rigl";
  }
  return "";
}

}  // namespace winnow::spec
