#include "spec/dropout_shrinking.h"

namespace winnow::spec {

std::string_view DropoutShrinkingText(DropoutShrinking shrinking) {
  switch (shrinking) {
    case DropoutShrinking::kNone:
      return "none";
    case DropoutShrinking::kPower:
      return "power";
    case DropoutShrinking::kRoot:
      return "root";
  }
  return "";
}

}  // namespace winnow::spec
