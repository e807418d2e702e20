// How wide text is on a terminal, and text cut or filled to a width.
//
// Text is UTF-8; a width counts columns. Combining marks are 0 wide, East Asian wide characters and emoji 2. A byte
// that is not UTF-8 counts as one column. Escape sequences (colours) are 0 wide and never cut in two.
#ifndef CLIENT_CLI_DISPLAY_WIDTH_H_
#define CLIENT_CLI_DISPLAY_WIDTH_H_

#include <string>
#include <string_view>

namespace winnow::cli {

enum class Align { kLeft, kRight };

size_t DisplayWidth(std::string_view text);

// `text`, or as much of its beginning as fits `width` together with an ellipsis ("…", or "..." where not `unicode`). A
// cut text ends any colour that it began.
std::string Fit(std::string_view text, size_t width, bool unicode = true);

// `text` with spaces up to `width`; as it is where it is as wide already.
std::string Pad(std::string_view text, size_t width, Align align);

// `text` with every control character (escapes among them) shown as "?", newline and tab as a space: for showing names
// and messages that came from elsewhere in one line.
std::string OneLine(std::string_view text);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_DISPLAY_WIDTH_H_
