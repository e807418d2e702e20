// What the output goes to: a terminal (how wide, colours or not) or a file or pipe.
#ifndef CLIENT_CLI_TERMINAL_H_
#define CLIENT_CLI_TERMINAL_H_

#include <string>
#include <string_view>

namespace winnow::cli {

// A value; nothing here writes.
struct Terminal {
  bool is_terminal = false;
  int columns = 80;      // 20 at least
  int rows = 24;         // 5 at least
  bool colour = false;   // never where NO_COLOR is set and not empty, or TERM is "dumb"
  bool unicode = false;  // whether the locale is UTF-8, or the output is no terminal: files are UTF-8

  // `text` in a colour or style; as it is where there is no colour.
  std::string Bold(std::string_view text) const;
  std::string Dim(std::string_view text) const;
  std::string Red(std::string_view text) const;
  std::string Green(std::string_view text) const;
  std::string Yellow(std::string_view text) const;
  std::string Cyan(std::string_view text) const;
};

// The part of the environment that matters, so that tests can set it.
struct TerminalEnvironment {
  std::string no_color, term, columns, locale;

  // NO_COLOR, TERM, COLUMNS, and the first set of LC_ALL, LC_CTYPE, LANG.
  static TerminalEnvironment FromProcess();
};

// `COLUMNS` counts where the output is no terminal; without it such output is not limited (columns is 10000).
Terminal DescribeTerminal(bool is_terminal, int columns, int rows, const TerminalEnvironment& environment);

// Asks the kernel about descriptor `fd`. Call again after SIGWINCH, or simply before each redraw: it is one ioctl.
Terminal DetectTerminal(int fd);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_TERMINAL_H_
