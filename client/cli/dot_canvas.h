// A grid of character cells with 2 x 4 dots each (Unicode braille), over which single characters can be put.
#ifndef CLIENT_CLI_DOT_CANVAS_H_
#define CLIENT_CLI_DOT_CANVAS_H_

#include <cstdint>
#include <string>
#include <vector>

namespace winnow::cli {

// Coordinates count from 0 at the upper left; what lies outside is ignored.
class DotCanvas {
 public:
  // `unicode` false: a dot becomes an ASCII character by its height in the cell.
  DotCanvas(int columns, int rows, bool unicode);

  int columns() const { return columns_; }
  int rows() const { return rows_; }
  int dot_columns() const { return columns_ * 2; }
  int dot_rows() const { return rows_ * 4; }

  void Dot(int x, int y);
  // From one dot to another, every `period`-th dot left in (1 = solid).
  void Line(int x0, int y0, int x1, int y1, int period);
  // `text` (one column wide, may hold escape sequences) in the cell of dot (x, y), over its dots and earlier text.
  void Put(int x, int y, std::string text);

  // One row without line end, spaces at its end included.
  std::string Row(int row) const;

 private:
  struct Cell {
    uint8_t dots = 0;
    std::string text;
  };

  Cell* At(int x, int y);

  int columns_, rows_;
  bool unicode_;
  std::vector<Cell> cells_;
};

}  // namespace winnow::cli

#endif  // CLIENT_CLI_DOT_CANVAS_H_
