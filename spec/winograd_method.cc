#include "spec/winograd_method.h"

namespace winnow::spec {

std::string_view SelectionText(Selection selection) {
  return selection == Selection::kImportance ? "importance" : "second-order";
}

std::string_view MomentsText(Moments moments) { return moments == Moments::kWhite ? "white" : "measured"; }

std::string_view CompensationText(Compensation compensation) {
  switch (compensation) {
    case Compensation::kNone:
      return "none";
    case Compensation::kKernel:
      return "kernel";
    case Compensation::kLayer:
      return "layer";
  }
  return "";
}

std::string_view AllocationText(Allocation allocation) {
  switch (allocation) {
    case Allocation::kUniform:
      return "uniform";
    case Allocation::kErk:
      return "erk";
    case Allocation::kWork:
      return "work";
    case Allocation::kSize:
      return "size";
    case Allocation::kSensitivity:
      return "sensitivity";
  }
  return "";
}

std::string_view PreconditionerText(Preconditioner preconditioner) {
  return preconditioner == Preconditioner::kFactors ? "factors" : "kernel";
}

}  // namespace winnow::spec
