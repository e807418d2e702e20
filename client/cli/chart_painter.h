// Draws a ParetoChart with cairo, in points of a page of the given size.
#ifndef CLIENT_CLI_CHART_PAINTER_H_
#define CLIENT_CLI_CHART_PAINTER_H_

#include <cairo.h>

#include <string>
#include <vector>

#include "client/cli/label_placement.h"
#include "client/cli/pareto_chart.h"

namespace winnow::cli {

// One use. Errors stay in the context: cairo_status(context) after Paint().
class ChartPainter {
 public:
  // Borrows both for its life.
  ChartPainter(const ParetoChart& chart, cairo_t* context, double width, double height);

  void Paint();

 private:
  enum class Anchor { kStart, kMiddle, kEnd };
  struct Colour {
    double red, green, blue, alpha;
  };
  static Colour TileColour(int tile_size);

  void Use(Colour colour);
  void Font(double size, bool bold);
  double TextWidth(const std::string& text);
  void Text(double x, double y, const std::string& text, Anchor anchor);
  void PaintTitles();
  void PaintGrid();
  void PaintReferences();
  void PaintFrontier();
  void PaintMarks();
  void PaintLabels();
  void PaintLegend();
  void Mark(double x, double y, const ChartPoint& point, bool below);

  double X(double value) const { return frame_.left + axes_.x.Share(value) * (frame_.right - frame_.left); }
  double Y(double value) const;
  double MarkY(size_t point) const;

  const ParetoChart& chart_;
  cairo_t* const context_;
  const double width_, height_;
  const ChartAxes axes_;
  const Box frame_;
};

}  // namespace winnow::cli

#endif  // CLIENT_CLI_CHART_PAINTER_H_
