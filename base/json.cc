#include "base/json.h"

#include <algorithm>
#include <string>

namespace winnow {

Result<Json> ParseJson(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    // `byte` counts from 1 and points behind the last character read.
    const size_t at = std::min(error.byte > 0 ? error.byte - 1 : 0, text.size());
    const std::string_view before = text.substr(0, at);
    const size_t line = 1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
    const size_t line_start = before.rfind('\n');
    const size_t column = line_start == std::string_view::npos ? at + 1 : at - line_start;
    std::string why = error.what();
    if (const size_t colon = why.find(": "); colon != std::string::npos) why = why.substr(colon + 2);
    return Err(InvalidArgument("JSON syntax error at line " + std::to_string(line) + ", column " +
                               std::to_string(column) + ": " + why));
  } catch (const Json::out_of_range& error) {  // a number such as 1e400
    std::string why = error.what();
    if (const size_t colon = why.find("] "); colon != std::string::npos) why = why.substr(colon + 2);
    return Err(InvalidArgument("JSON that cannot be kept: " + why));
  }
}

std::string DumpJson(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace winnow
