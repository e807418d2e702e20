#include "client/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>

#include "client/cli/environment.h"

namespace winnow::cli {
namespace {

std::string Styled(const Terminal& terminal, const char* code, std::string_view text) {
  if (!terminal.colour || text.empty()) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

bool NamesUtf8(std::string locale) {
  std::transform(locale.begin(), locale.end(), locale.begin(), [](unsigned char c) { return std::tolower(c); });
  return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
}

int PositiveNumber(const std::string& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::max(number, 0) : 0;
}

}  // namespace

std::string Terminal::Bold(std::string_view text) const { return Styled(*this, "1", text); }
std::string Terminal::Dim(std::string_view text) const { return Styled(*this, "2", text); }
std::string Terminal::Red(std::string_view text) const { return Styled(*this, "31", text); }
std::string Terminal::Green(std::string_view text) const { return Styled(*this, "32", text); }
std::string Terminal::Yellow(std::string_view text) const { return Styled(*this, "33", text); }
std::string Terminal::Cyan(std::string_view text) const { return Styled(*this, "36", text); }

TerminalEnvironment TerminalEnvironment::FromProcess() {
  TerminalEnvironment environment{EnvironmentVariable("NO_COLOR"), EnvironmentVariable("TERM"),
                                  EnvironmentVariable("COLUMNS"), EnvironmentVariable("LC_ALL")};
  if (environment.locale.empty()) environment.locale = EnvironmentVariable("LC_CTYPE");
  if (environment.locale.empty()) environment.locale = EnvironmentVariable("LANG");
  return environment;
}

Terminal DescribeTerminal(bool is_terminal, int columns, int rows, const TerminalEnvironment& environment) {
  Terminal terminal;
  terminal.is_terminal = is_terminal;
  const int wanted = PositiveNumber(environment.columns);
  if (is_terminal) {
    terminal.columns = columns > 0 ? columns : wanted > 0 ? wanted : 80;
  } else {
    terminal.columns = wanted > 0 ? wanted : 10000;
  }
  terminal.columns = std::max(terminal.columns, 20);
  terminal.rows = std::max(rows > 0 ? rows : 24, 5);
  terminal.colour = is_terminal && environment.no_color.empty() && environment.term != "dumb";
  terminal.unicode = !is_terminal || NamesUtf8(environment.locale);
  return terminal;
}

Terminal DetectTerminal(int fd) {
  winsize size{};
  const bool is_terminal = ::isatty(fd) == 1;
  if (!is_terminal || ::ioctl(fd, TIOCGWINSZ, &size) != 0) size = winsize{};
  return DescribeTerminal(is_terminal, size.ws_col, size.ws_row, TerminalEnvironment::FromProcess());
}

}  // namespace winnow::cli
