#include "spec/fault_list.h"

#include <utility>

namespace winnow::spec {
namespace {

bool IsAtOrBelow(std::string_view pointer, std::string_view top) {
  return pointer.substr(0, top.size()) == top && (pointer.size() == top.size() || pointer[top.size()] == '/');
}

}  // namespace

void FaultList::Add(std::string pointer, std::string message) {
  if (count_++ < kMost) faults_.push_back({std::move(pointer), std::move(message)});
}

bool FaultList::Clean(std::string_view pointer) const {
  if (count_ > kMost) return false;
  for (const SpecFault& fault : faults_) {
    if (IsAtOrBelow(fault.pointer, pointer) || IsAtOrBelow(pointer, fault.pointer)) return false;
  }
  return true;
}

std::vector<SpecFault> FaultList::Take() {
  if (count_ > kMost) faults_.push_back({"", "and " + std::to_string(count_ - kMost) + " more faults"});
  count_ = 0;
  return std::exchange(faults_, {});
}

}  // namespace winnow::spec
