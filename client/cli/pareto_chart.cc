#include "client/cli/pareto_chart.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "client/cli/number_text.h"
#include "client/cli/pareto.h"

namespace winnow::cli {

void ParetoChart::MarkFrontier() {
  std::vector<ParetoPoint> costs;
  for (const ChartPoint& point : points) costs.push_back({more_x_is_better ? -point.x : point.x, point.accuracy});
  for (ChartPoint& point : points) point.frontier = false;
  for (const size_t i : ParetoFront(costs)) points[i].frontier = true;
}

std::vector<size_t> ParetoChart::Frontier() const {
  std::vector<size_t> front;
  for (size_t i = 0; i < points.size(); ++i) {
    if (points[i].frontier) front.push_back(i);
  }
  std::stable_sort(front.begin(), front.end(), [this](size_t a, size_t b) { return points[a].x < points[b].x; });
  return front;
}

std::string ParetoChart::BudgetText(const std::string& minus) const {
  const bool whole = accuracy_budget == std::floor(accuracy_budget);
  return "dense " + minus + " " + Fixed(accuracy_budget, whole ? 0 : 2) + (accuracy_budget == 1 ? " point" : " points");
}

std::vector<int> ParetoChart::TileSizes() const {
  std::set<int> sizes;
  for (const ChartPoint& point : points) sizes.insert(point.tile_size);
  return {sizes.begin(), sizes.end()};
}

ChartAxes MakeChartAxes(const ParetoChart& chart, int x_ticks, int y_ticks) {
  constexpr double kShownBudgets = 6;  // below the reference, of the accuracy budget
  constexpr double kMargin = 0.07;
  ChartAxes axes;
  double best = chart.dense_accuracy.value_or(0);
  for (const ChartPoint& point : chart.points) best = std::max(best, point.accuracy);
  const double floor = best - kShownBudgets * chart.accuracy_budget;

  bool any = false;
  double x_low = 0, x_high = 1, y_low = best, y_high = best;
  for (const ChartPoint& point : chart.points) {
    const bool below = !point.frontier && point.accuracy < floor;
    axes.below.push_back(below);
    x_low = any ? std::min(x_low, point.x) : point.x;
    x_high = any ? std::max(x_high, point.x) : point.x;
    any = true;
    if (!below) y_low = std::min(y_low, point.accuracy);
  }
  if (chart.dense_accuracy) y_low = std::min(y_low, *chart.dense_accuracy - chart.accuracy_budget);
  axes.x = MakeAxis(x_low, x_high, kMargin, x_ticks);
  axes.y = MakeAxis(y_low, y_high, kMargin, y_ticks);
  return axes;
}

}  // namespace winnow::cli
