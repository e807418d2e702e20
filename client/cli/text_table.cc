#include "client/cli/text_table.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

namespace winnow::cli {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kLeastWidth = 8;  // of a column that shrinks

bool IsNumber(std::string_view text) {
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

void TextTable::AddRow(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

TextTable::Layout TextTable::MakeLayout(const Terminal& terminal) const {
  std::vector<size_t> natural, least;
  for (size_t c = 0; c < columns_.size(); ++c) {
    size_t width = DisplayWidth(columns_[c].heading);
    for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[c]));
    natural.push_back(width);
    least.push_back(columns_[c].shrinks ? std::min(width, kLeastWidth) : width);
  }
  Layout layout;
  layout.columns.resize(columns_.size());
  std::iota(layout.columns.begin(), layout.columns.end(), size_t{0});
  const auto limit = static_cast<size_t>(terminal.columns);
  const auto total = [&](const std::vector<size_t>& widths) {
    size_t sum = layout.columns.empty() ? 0 : kGap * (layout.columns.size() - 1);
    for (const size_t c : layout.columns) sum += widths[c];
    return sum;
  };
  while (total(least) > limit) {
    const auto droppable = std::max_element(layout.columns.begin(), layout.columns.end(), [this](size_t a, size_t b) {
      return columns_[a].drop_rank < columns_[b].drop_rank;
    });
    if (droppable == layout.columns.end() || columns_[*droppable].drop_rank == 0) break;
    const int rank = columns_[*droppable].drop_rank;
    std::erase_if(layout.columns, [&](size_t c) { return columns_[c].drop_rank == rank; });
  }
  // Takes a column of the screen at a time off the widest, so that what is cut is shared out evenly.
  std::vector<size_t> widths = natural;
  for (size_t excess = total(widths) > limit ? total(widths) - limit : 0; excess > 0; --excess) {
    size_t* widest = nullptr;
    for (const size_t c : layout.columns) {
      if (widths[c] > least[c] && (widest == nullptr || widths[c] > *widest)) widest = &widths[c];
    }
    if (widest == nullptr) break;
    --*widest;
  }
  for (const size_t c : layout.columns) layout.widths.push_back(widths[c]);
  return layout;
}

std::string TextTable::Render(const Terminal& terminal) const {
  const Layout layout = MakeLayout(terminal);
  std::string text;
  const auto add_line = [&](const std::vector<std::string>& cells, bool bold) {
    std::string line;
    for (size_t i = 0; i < layout.columns.size(); ++i) {
      const size_t c = layout.columns[i];
      const std::string cell = Fit(cells[c], layout.widths[i], terminal.unicode);
      const bool last = i + 1 == layout.columns.size();
      line += last && columns_[c].align == Align::kLeft ? cell : Pad(cell, layout.widths[i], columns_[c].align);
      if (!last) line += std::string(kGap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += (bold ? terminal.Bold(line) : line) + "\n";
  };
  std::vector<std::string> headings;
  for (const Column& column : columns_) headings.push_back(column.heading);
  add_line(headings, true);
  for (const auto& row : rows_) add_line(row, false);
  if (const size_t missing = columns_.size() - layout.columns.size(); missing > 0) {
    text += terminal.Dim("(" + std::to_string(missing) + (missing == 1 ? " column" : " columns") +
                         " left out: the terminal is too narrow)") +
            "\n";
  }
  return text;
}

std::string CsvLine(const std::vector<std::string>& cells) {
  std::string line;
  for (size_t c = 0; c < cells.size(); ++c) {
    if (c > 0) line += ',';
    std::string cell = cells[c];
    if (!cell.empty() && std::string_view("=+-@").find(cell[0]) != std::string_view::npos && !IsNumber(cell)) {
      cell.insert(0, 1, '\'');
    }
    if (cell.find_first_of(",\"\r\n") == std::string::npos) {
      line += cell;
      continue;
    }
    line += '"';
    for (const char ch : cell) line += ch == '"' ? "\"\"" : std::string(1, ch);
    line += '"';
  }
  return line + "\n";
}

}  // namespace winnow::cli
