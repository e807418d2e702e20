// What is wrong with a JSON document, and where.
#ifndef SPEC_SPEC_FAULT_H_
#define SPEC_SPEC_FAULT_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace winnow::spec {

struct SpecFault {
  std::string pointer;  // JSON pointer (RFC 6901) of the value at fault, "" for the whole document
  std::string message;  // what was expected and what was found, with the nearest name where one is unknown

  friend bool operator==(const SpecFault&, const SpecFault&) = default;
};

// The pointer of a member or element below `pointer`.
std::string Below(std::string_view pointer, std::string_view member);
std::string Below(std::string_view pointer, size_t index);

// kInvalidArgument with one line a fault: "/training/epochs: expected ...".
Status ToStatus(const std::vector<SpecFault>& faults);

}  // namespace winnow::spec

#endif  // SPEC_SPEC_FAULT_H_
