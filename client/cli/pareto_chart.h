// A chart of accuracy against cost, before it is drawn: points, frontier, reference lines, axes.
//
// DrawChart (chart_terminal.h) and SaveChart (chart_file.h) draw the same ParetoChart.
#ifndef CLIENT_CLI_PARETO_CHART_H_
#define CLIENT_CLI_PARETO_CHART_H_

#include <optional>
#include <string>
#include <vector>

#include "client/cli/axis.h"

namespace winnow::cli {

struct ChartPoint {
  std::string label;    // "s30 w60"
  int tile_size = 0;    // the m of F(m x m, 3 x 3); 0 for a trial without tiles
  double x = 0;         // in the unit of the axis
  double accuracy = 0;  // percent
  bool frontier = false;
};

struct ParetoChart {
  std::string title;
  std::string subtitle;
  std::string x_title;
  std::string y_title = "accuracy, % of test images";
  bool more_x_is_better = false;
  std::vector<ChartPoint> points;
  std::optional<double> dense_accuracy;  // percent
  double accuracy_budget = 1.0;          // percentage points below dense that a user is ready to lose

  // Sets `frontier` of every point.
  void MarkFrontier();
  // Indexes of the frontier by rising x.
  std::vector<size_t> Frontier() const;
  // "dense - 1 point", with the given minus sign.
  std::string BudgetText(const std::string& minus) const;
  // Tile sizes that occur, rising.
  std::vector<int> TileSizes() const;
};

struct ChartAxes {
  Axis x, y;
  // Points too far below the rest to be shown at their height without flattening everything else; drawn at the lower
  // edge.
  std::vector<bool> below;
};

// Ranges that hold every point that is not `below`, and the reference lines. The frontier is never `below`.
ChartAxes MakeChartAxes(const ParetoChart& chart, int x_ticks, int y_ticks);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_PARETO_CHART_H_
