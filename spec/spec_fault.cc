#include "spec/spec_fault.h"

namespace winnow::spec {

std::string Below(std::string_view pointer, std::string_view member) {
  std::string below(pointer);
  below += '/';
  for (const char c : member) {
    if (c == '~') {
      below += "~0";
    } else if (c == '/') {
      below += "~1";
    } else {
      below += c;
    }
  }
  return below;
}

std::string Below(std::string_view pointer, size_t index) { return std::string(pointer) + "/" + std::to_string(index); }

Status ToStatus(const std::vector<SpecFault>& faults) {
  std::string text;
  for (const SpecFault& fault : faults) {
    if (!text.empty()) text += '\n';
    if (!fault.pointer.empty()) text += fault.pointer + ": ";
    text += fault.message;
  }
  return InvalidArgument(text);
}

}  // namespace winnow::spec
