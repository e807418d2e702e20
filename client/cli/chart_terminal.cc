#include "client/cli/chart_terminal.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "client/cli/display_width.h"
#include "client/cli/dot_canvas.h"
#include "client/cli/number_text.h"

namespace winnow::cli {
namespace {

constexpr int kWidest = 100;
constexpr int kLegendRows = 1;

std::string Mark(const ChartPoint& point, const Terminal& terminal) {
  const bool big_tile = point.tile_size == 4;
  std::string mark;
  if (terminal.unicode) {
    mark = big_tile ? (point.frontier ? "●" : "○") : (point.frontier ? "▲" : "△");
  } else {
    mark = big_tile ? (point.frontier ? "O" : "o") : (point.frontier ? "A" : "a");
  }
  if (!point.frontier) return terminal.Dim(mark);
  return big_tile ? terminal.Cyan(mark) : terminal.Yellow(mark);
}

// Where points lie on the canvas.
struct Placement {
  const DotCanvas* canvas;
  const ChartAxes* axes;

  int X(double x) const { return static_cast<int>(std::lround(axes->x.Share(x) * (canvas->dot_columns() - 1))); }
  int Y(double y) const {
    const double share = std::clamp(axes->y.Share(y), 0.0, 1.0);
    return static_cast<int>(std::lround((1 - share) * (canvas->dot_rows() - 1)));
  }
};

void DrawFrontier(const ParetoChart& chart, const Placement& place, DotCanvas& canvas) {
  const std::vector<size_t> front = chart.Frontier();
  for (size_t i = 1; i < front.size(); ++i) {
    const ChartPoint& left = chart.points[front[i - 1]];
    const ChartPoint& right = chart.points[front[i]];
    // The stairs bound what some trial reaches: the better x lies left, or right where more is better.
    const double corner_y = chart.more_x_is_better ? right.accuracy : left.accuracy;
    const double corner_x = chart.more_x_is_better ? left.x : right.x;
    canvas.Line(place.X(left.x), place.Y(left.accuracy), place.X(corner_x), place.Y(corner_y), 1);
    canvas.Line(place.X(corner_x), place.Y(corner_y), place.X(right.x), place.Y(right.accuracy), 1);
  }
}

void DrawPoints(const ParetoChart& chart, const ChartAxes& axes, const Terminal& terminal, DotCanvas& canvas) {
  const Placement place{&canvas, &axes};
  const int right = canvas.dot_columns() - 1;
  if (chart.dense_accuracy) {
    const int dense = place.Y(*chart.dense_accuracy);
    const int budget = place.Y(*chart.dense_accuracy - chart.accuracy_budget);
    canvas.Line(0, dense, right, dense, 2);
    canvas.Line(0, budget, right, budget, 6);
  }
  DrawFrontier(chart, place, canvas);
  for (const bool frontier : {false, true}) {
    for (size_t i = 0; i < chart.points.size(); ++i) {
      const ChartPoint& point = chart.points[i];
      if (point.frontier != frontier) continue;
      const std::string below = terminal.Dim(terminal.unicode ? "▿" : "v");
      canvas.Put(place.X(point.x), axes.below[i] ? canvas.dot_rows() - 1 : place.Y(point.accuracy),
                 axes.below[i] ? below : Mark(point, terminal));
    }
  }
}

// What stands under the frame: tick labels centred below their ticks, those that would touch left out.
std::string TickLine(const Axis& axis, int columns) {
  std::string line(static_cast<size_t>(columns) + 8, ' ');
  size_t free_from = 0;
  for (const double tick : axis.ticks) {
    const std::string label = axis.Label(tick);
    const auto centre = static_cast<int64_t>(std::lround(axis.Share(tick) * (columns - 1)));
    const int64_t start = std::max<int64_t>(centre - static_cast<int64_t>(label.size()) / 2, 0);
    if (static_cast<size_t>(start) < free_from || static_cast<size_t>(start) + label.size() > line.size()) continue;
    line.replace(static_cast<size_t>(start), label.size(), label);
    free_from = static_cast<size_t>(start) + label.size() + 1;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

// Label of each canvas row that a tick lies in, else "".
std::vector<std::string> RowLabels(const Axis& axis, int rows) {
  std::vector<std::string> labels(static_cast<size_t>(rows));
  for (const double tick : axis.ticks) {
    const auto row = static_cast<size_t>(std::clamp((1 - axis.Share(tick)) * (rows * 4 - 1) / 4, 0.0, rows - 1.0));
    if (labels[row].empty()) labels[row] = axis.Label(tick);
  }
  return labels;
}

std::string Legend(const ParetoChart& chart, const ChartAxes& axes, const Terminal& terminal) {
  std::vector<std::string> entries;
  for (const int size : chart.TileSizes()) {
    if (size == 0) continue;
    const std::string m = std::to_string(size);
    entries.push_back(Mark({"", size, 0, 0, true}, terminal) + "/" + Mark({"", size, 0, 0, false}, terminal) + " F(" +
                      m + "x" + m + ") frontier/other");
  }
  if (chart.dense_accuracy) {
    const std::string lines = terminal.unicode ? "┄┄" : "..";
    entries.push_back(lines + " dense " + Fixed(*chart.dense_accuracy, 2) + ", below it " + chart.BudgetText("-"));
  }
  const auto below = std::count(axes.below.begin(), axes.below.end(), true);
  if (below > 0) entries.push_back((terminal.unicode ? "▿ " : "v ") + std::to_string(below) + " further down");
  std::string text;
  size_t used = 0;
  for (const std::string& entry : entries) {
    const size_t width = DisplayWidth(entry);
    if (used > 0 && used + 3 + width > static_cast<size_t>(std::min(terminal.columns, kWidest))) {
      text += "\n";
      used = 0;
    }
    text += used > 0 ? "   " + entry : entry;
    used += (used > 0 ? 3 : 0) + width;
  }
  return text + "\n";
}

}  // namespace

std::string DrawChart(const ParetoChart& chart, const Terminal& terminal, int rows) {
  if (chart.points.empty()) return "no trial has an accuracy and a value for this axis yet: nothing to draw\n";
  const int total = std::min(terminal.columns, kWidest);
  const int canvas_rows = std::max(rows - kLegendRows - 4, 4);
  const ChartAxes axes = MakeChartAxes(chart, std::max(total / 14, 2), std::max(canvas_rows / 3, 2));
  const std::vector<std::string> labels = RowLabels(axes.y, canvas_rows);
  size_t label_width = 0;
  for (const std::string& label : labels) label_width = std::max(label_width, label.size());

  DotCanvas canvas(total - static_cast<int>(label_width) - 2, canvas_rows, terminal.unicode);
  DrawPoints(chart, axes, terminal, canvas);

  std::string text = terminal.Bold(Fit(chart.title, static_cast<size_t>(total), terminal.unicode)) + "\n";
  text += terminal.Dim(Fit(chart.y_title, static_cast<size_t>(total), terminal.unicode)) + "\n";
  for (int row = 0; row < canvas_rows; ++row) {
    const std::string& label = labels[static_cast<size_t>(row)];
    const char* edge = terminal.unicode ? (label.empty() ? "│" : "┤") : (label.empty() ? "|" : "+");
    std::string line = Pad(label, label_width, Align::kRight) + " " + edge + canvas.Row(row);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  std::string base;
  for (int i = 0; i < canvas.columns(); ++i) base += terminal.unicode ? "─" : "-";
  text += std::string(label_width + 1, ' ') + (terminal.unicode ? "└" : "+") + base + "\n";
  text += std::string(label_width + 2, ' ') + TickLine(axes.x, canvas.columns()) + "\n";
  text += std::string(label_width + 2, ' ') +
          terminal.Dim(Fit(chart.x_title, static_cast<size_t>(canvas.columns()), terminal.unicode)) + "\n";
  return text + Legend(chart, axes, terminal);
}

}  // namespace winnow::cli
