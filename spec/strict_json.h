// JSON text from users, read more strictly than a program needs.
#ifndef SPEC_STRICT_JSON_H_
#define SPEC_STRICT_JSON_H_

#include <optional>
#include <string_view>

#include "base/json.h"
#include "spec/fault_list.h"

namespace winnow::spec {

inline constexpr size_t kLongestSpecBytes = size_t{1} << 20;
inline constexpr size_t kDeepestNesting = 32;

// Parses `text`. A member that stands twice in its object is a fault at its pointer; the last one is kept. A text that
// is no JSON, longer than kLongestSpecBytes or nested deeper than kDeepestNesting is one fault, with line and column,
// and gives no value.
std::optional<Json> ParseStrictJson(std::string_view text, FaultList& faults);

}  // namespace winnow::spec

#endif  // SPEC_STRICT_JSON_H_
