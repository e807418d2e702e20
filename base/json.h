// nlohmann::json without its exceptions.
#ifndef BASE_JSON_H_
#define BASE_JSON_H_

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/result.h"

namespace winnow {

using Json = nlohmann::json;  // objects are ordered by key, so dump() is repeatable

// kInvalidArgument with line and column of the first syntax error.
Result<Json> ParseJson(std::string_view text);

// One line, UTF-8; invalid bytes are replaced, never thrown about.
std::string DumpJson(const Json& value);

}  // namespace winnow

#endif  // BASE_JSON_H_
