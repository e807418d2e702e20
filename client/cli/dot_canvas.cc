#include "client/cli/dot_canvas.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace winnow::cli {

DotCanvas::DotCanvas(int columns, int rows, bool unicode)
    : columns_(std::max(columns, 1)),
      rows_(std::max(rows, 1)),
      unicode_(unicode),
      cells_(static_cast<size_t>(columns_) * static_cast<size_t>(rows_)) {}

DotCanvas::Cell* DotCanvas::At(int x, int y) {
  if (x < 0 || y < 0 || x >= dot_columns() || y >= dot_rows()) return nullptr;
  return &cells_[static_cast<size_t>(y / 4) * static_cast<size_t>(columns_) + static_cast<size_t>(x / 2)];
}

void DotCanvas::Dot(int x, int y) {
  // Bits of U+2800 by row and column of the dot.
  static constexpr uint8_t kBits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
  if (Cell* cell = At(x, y)) cell->dots |= kBits[y % 4][x % 2];
}

void DotCanvas::Line(int x0, int y0, int x1, int y1, int period) {
  const int steps = std::max(std::abs(x1 - x0), std::abs(y1 - y0));
  for (int i = 0; i <= steps; i += std::max(period, 1)) {
    const double share = steps == 0 ? 0 : static_cast<double>(i) / steps;
    Dot(x0 + static_cast<int>((x1 - x0) * share + (x1 < x0 ? -0.5 : 0.5)),
        y0 + static_cast<int>((y1 - y0) * share + (y1 < y0 ? -0.5 : 0.5)));
  }
}

void DotCanvas::Put(int x, int y, std::string text) {
  if (Cell* cell = At(x, y)) cell->text = std::move(text);
}

std::string DotCanvas::Row(int row) const {
  std::string line;
  for (int column = 0; column < columns_; ++column) {
    const Cell& cell = cells_[static_cast<size_t>(row) * static_cast<size_t>(columns_) + static_cast<size_t>(column)];
    if (!cell.text.empty()) {
      line += cell.text;
    } else if (cell.dots == 0) {
      line += ' ';
    } else if (unicode_) {
      // UTF-8 of U+2800 + dots.
      line += '\xE2';
      line += static_cast<char>(0xA0 | cell.dots >> 6);
      line += static_cast<char>(0x80 | (cell.dots & 0x3F));
    } else {
      const bool upper = (cell.dots & 0x1B) != 0;
      const bool lower = (cell.dots & 0xE4) != 0;
      line += upper && lower ? '|' : upper ? '\'' : '.';
    }
  }
  return line;
}

}  // namespace winnow::cli
