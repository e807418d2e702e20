#include "spec/native_start.h"

namespace winnow::spec {

std::string_view StartText(Start start) {
  switch (start) {
    case Start::kSpatial:
      return "spatial";
    case Start::kDense:
      return "dense";
    case Start::kNative:
      return "native";
    case Start::kWinogradRelu:
      return "winograd-relu";
  }
  return "";
}

}  // namespace winnow::spec
