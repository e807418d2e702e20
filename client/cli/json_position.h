// Where in a JSON text the value of a JSON pointer stands.
#ifndef CLIENT_CLI_JSON_POSITION_H_
#define CLIENT_CLI_JSON_POSITION_H_

#include <cstddef>
#include <optional>
#include <string_view>

namespace winnow::cli {

// Both count from 1; columns are bytes.
struct TextPosition {
  size_t line = 1;
  size_t column = 1;

  friend bool operator==(const TextPosition&, const TextPosition&) = default;
};

// The position of a member's name, or of an element or whole value itself. Where a name stands twice in an object the
// last one counts, as for the parser. None where the text has no such value or is no JSON up to there.
std::optional<TextPosition> FindPosition(std::string_view json, std::string_view pointer);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_JSON_POSITION_H_
