// Faults as they are found, up to a number that a person can read.
#ifndef SPEC_FAULT_LIST_H_
#define SPEC_FAULT_LIST_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "spec/spec_fault.h"

namespace winnow::spec {

class FaultList {
 public:
  static constexpr size_t kMost = 100;

  // Beyond kMost only counted.
  void Add(std::string pointer, std::string message);

  bool full() const { return count_ >= kMost; }
  size_t count() const { return count_; }

  // True where nothing at, above or below `pointer` has been found wrong, so that rules may rely on what stands there.
  bool Clean(std::string_view pointer) const;

  // The faults, with one about the rest where there were more than kMost.
  std::vector<SpecFault> Take();

 private:
  std::vector<SpecFault> faults_;
  size_t count_ = 0;
};

}  // namespace winnow::spec

#endif  // SPEC_FAULT_LIST_H_
