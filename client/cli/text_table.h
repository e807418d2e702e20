// Rows and columns as text: aligned for people, CSV for programs.
#ifndef CLIENT_CLI_TEXT_TABLE_H_
#define CLIENT_CLI_TEXT_TABLE_H_

#include <string>
#include <string_view>
#include <vector>

#include "client/cli/display_width.h"
#include "client/cli/terminal.h"

namespace winnow::cli {

struct Column {
  std::string heading;
  Align align = Align::kLeft;
  bool shrinks = false;  // may be cut where the terminal is too narrow (names and messages may, numbers never)
  // 0: always shown; else left out where the terminal is too narrow, the highest rank first, all columns of a rank at
  // once.
  int drop_rank = 0;
};

// Every row has as many cells as there are columns.
class TextTable {
 public:
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  void AddRow(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }

  // Lines that end in "\n": bold headings, then the rows; two spaces between columns, none at a line's end. Where the
  // terminal is too narrow, columns are shrunk, then left out, as they allow, and a last line says how many are
  // missing; lines that are still too long are left so, since no number may be cut.
  std::string Render(const Terminal& terminal) const;

 private:
  // Indexes of the columns shown, and their widths.
  struct Layout {
    std::vector<size_t> columns;
    std::vector<size_t> widths;
  };
  Layout MakeLayout(const Terminal& terminal) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// One line of RFC 4180, ended by "\n": cells with comma, quote or line end in quotes. A cell that a spreadsheet would
// take for a formula (=, +, -, @ at its beginning, unless it is a number) gets a leading apostrophe.
std::string CsvLine(const std::vector<std::string>& cells);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_TEXT_TABLE_H_
