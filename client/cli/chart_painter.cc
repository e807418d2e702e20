#include "client/cli/chart_painter.h"

#include <algorithm>
#include <cmath>

#include "client/cli/number_text.h"

namespace winnow::cli {
namespace {

constexpr double kMarkRadius = 5.5;
constexpr double kLabelSize = 11;
constexpr double kTickSize = 12;

}  // namespace

ChartPainter::ChartPainter(const ParetoChart& chart, cairo_t* context, double width, double height)
    : chart_(chart),
      context_(context),
      width_(width),
      height_(height),
      axes_(MakeChartAxes(chart, 8, 8)),
      frame_{78, 78, width - 28, height - 104} {}

// From the palette of Okabe and Ito, which colour-blind readers can tell apart; marks differ in shape besides.
ChartPainter::Colour ChartPainter::TileColour(int tile_size) {
  switch (tile_size) {
    case 4:
      return {0.0, 0.447, 0.698, 1};
    case 2:
      return {0.835, 0.369, 0.0, 1};
    default:
      return {0.0, 0.62, 0.451, 1};
  }
}

double ChartPainter::Y(double value) const {
  return frame_.bottom - std::clamp(axes_.y.Share(value), 0.0, 1.0) * (frame_.bottom - frame_.top);
}

double ChartPainter::MarkY(size_t point) const {
  return axes_.below[point] ? frame_.bottom - kMarkRadius - 3 : Y(chart_.points[point].accuracy);
}

void ChartPainter::Use(Colour colour) {
  cairo_set_source_rgba(context_, colour.red, colour.green, colour.blue, colour.alpha);
}

void ChartPainter::Font(double size, bool bold) {
  cairo_select_font_face(context_, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                         bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(context_, size);
}

double ChartPainter::TextWidth(const std::string& text) {
  cairo_text_extents_t extents;
  cairo_text_extents(context_, text.c_str(), &extents);
  return extents.x_advance;
}

void ChartPainter::Text(double x, double y, const std::string& text, Anchor anchor) {
  const double shift = anchor == Anchor::kStart ? 0 : anchor == Anchor::kMiddle ? 0.5 : 1;
  cairo_move_to(context_, x - shift * TextWidth(text), y);
  cairo_show_text(context_, text.c_str());
}

void ChartPainter::Paint() {
  cairo_set_source_rgb(context_, 1, 1, 1);
  cairo_paint(context_);
  PaintTitles();
  PaintGrid();
  cairo_save(context_);
  cairo_rectangle(context_, frame_.left, frame_.top, frame_.right - frame_.left, frame_.bottom - frame_.top);
  cairo_clip(context_);
  PaintFrontier();
  PaintReferences();
  PaintMarks();
  PaintLabels();
  cairo_restore(context_);
  PaintLegend();
}

void ChartPainter::PaintTitles() {
  Use({0.1, 0.1, 0.1, 1});
  Font(18, true);
  Text(frame_.left, 34, chart_.title, Anchor::kStart);
  Use({0.38, 0.38, 0.38, 1});
  Font(12, false);
  Text(frame_.left, 56, chart_.subtitle, Anchor::kStart);
  Use({0.1, 0.1, 0.1, 1});
  Font(13, false);
  Text((frame_.left + frame_.right) / 2, frame_.bottom + 44, chart_.x_title, Anchor::kMiddle);
  cairo_save(context_);
  cairo_translate(context_, 24, (frame_.top + frame_.bottom) / 2);
  cairo_rotate(context_, -M_PI / 2);
  Text(0, 0, chart_.y_title, Anchor::kMiddle);
  cairo_restore(context_);
}

void ChartPainter::PaintGrid() {
  Font(kTickSize, false);
  cairo_set_line_width(context_, 1);
  for (const double tick : axes_.x.ticks) {
    Use({0.9, 0.9, 0.9, 1});
    cairo_move_to(context_, X(tick), frame_.top);
    cairo_line_to(context_, X(tick), frame_.bottom);
    cairo_stroke(context_);
    Use({0.25, 0.25, 0.25, 1});
    cairo_move_to(context_, X(tick), frame_.bottom);
    cairo_line_to(context_, X(tick), frame_.bottom + 5);
    cairo_stroke(context_);
    Text(X(tick), frame_.bottom + 20, axes_.x.Label(tick), Anchor::kMiddle);
  }
  for (const double tick : axes_.y.ticks) {
    Use({0.9, 0.9, 0.9, 1});
    cairo_move_to(context_, frame_.left, Y(tick));
    cairo_line_to(context_, frame_.right, Y(tick));
    cairo_stroke(context_);
    Use({0.25, 0.25, 0.25, 1});
    cairo_move_to(context_, frame_.left - 5, Y(tick));
    cairo_line_to(context_, frame_.left, Y(tick));
    cairo_stroke(context_);
    Text(frame_.left - 9, Y(tick) + 4, axes_.y.Label(tick), Anchor::kEnd);
  }
  Use({0.25, 0.25, 0.25, 1});
  cairo_move_to(context_, frame_.left, frame_.top);
  cairo_line_to(context_, frame_.left, frame_.bottom);
  cairo_line_to(context_, frame_.right, frame_.bottom);
  cairo_stroke(context_);
}

void ChartPainter::PaintReferences() {
  if (!chart_.dense_accuracy) return;
  const double dense = *chart_.dense_accuracy;
  const auto line = [this](double accuracy, Colour colour, const std::vector<double>& dashes) {
    Use(colour);
    cairo_set_line_width(context_, 1.4);
    cairo_set_dash(context_, dashes.data(), static_cast<int>(dashes.size()), 0);
    cairo_move_to(context_, frame_.left, Y(accuracy));
    cairo_line_to(context_, frame_.right, Y(accuracy));
    cairo_stroke(context_);
    cairo_set_dash(context_, nullptr, 0, 0);
  };
  line(dense, {0.25, 0.25, 0.25, 1}, {});
  line(dense - chart_.accuracy_budget, {0.72, 0.15, 0.2, 1}, {7, 4});
}

void ChartPainter::PaintFrontier() {
  const std::vector<size_t> front = chart_.Frontier();
  if (front.empty()) return;
  const auto stairs = [&] {
    for (size_t i = 0; i < front.size(); ++i) {
      const ChartPoint& point = chart_.points[front[i]];
      if (i == 0) {
        cairo_line_to(context_, X(point.x), Y(point.accuracy));
        continue;
      }
      const ChartPoint& left = chart_.points[front[i - 1]];
      if (chart_.more_x_is_better) {
        cairo_line_to(context_, X(left.x), Y(point.accuracy));
      } else {
        cairo_line_to(context_, X(point.x), Y(left.accuracy));
      }
      cairo_line_to(context_, X(point.x), Y(point.accuracy));
    }
  };
  // What the frontier beats, lightly shaded.
  const ChartPoint& first = chart_.points[front.front()];
  const ChartPoint& last = chart_.points[front.back()];
  cairo_new_path(context_);
  if (chart_.more_x_is_better) {
    cairo_move_to(context_, frame_.left, frame_.bottom);
    cairo_line_to(context_, frame_.left, Y(first.accuracy));
    stairs();
    cairo_line_to(context_, X(last.x), frame_.bottom);
  } else {
    cairo_move_to(context_, X(first.x), frame_.bottom);
    stairs();
    cairo_line_to(context_, frame_.right, Y(last.accuracy));
    cairo_line_to(context_, frame_.right, frame_.bottom);
  }
  cairo_close_path(context_);
  Use({0.0, 0.447, 0.698, 0.06});
  cairo_fill(context_);
  cairo_new_path(context_);
  stairs();
  Use({0.33, 0.5, 0.66, 1});
  cairo_set_line_width(context_, 1.8);
  cairo_set_line_join(context_, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke(context_);
}

void ChartPainter::Mark(double x, double y, const ChartPoint& point, bool below) {
  cairo_new_path(context_);
  const double r = kMarkRadius;
  if (below) {
    cairo_move_to(context_, x - r, y - r);
    cairo_line_to(context_, x + r, y - r);
    cairo_line_to(context_, x, y + r);
    cairo_close_path(context_);
  } else if (point.tile_size == 2) {
    cairo_move_to(context_, x, y - r * 1.15);
    cairo_line_to(context_, x + r * 1.1, y + r * 0.85);
    cairo_line_to(context_, x - r * 1.1, y + r * 0.85);
    cairo_close_path(context_);
  } else {
    cairo_arc(context_, x, y, r, 0, 2 * M_PI);
  }
  Colour colour = TileColour(point.tile_size);
  if (point.frontier) {
    Use(colour);
  } else {
    cairo_set_source_rgb(context_, 1, 1, 1);
    colour.alpha = 0.65;
  }
  cairo_fill_preserve(context_);
  Use(colour);
  cairo_set_line_width(context_, 1.5);
  cairo_stroke(context_);
}

void ChartPainter::PaintMarks() {
  for (const bool frontier : {false, true}) {
    for (size_t i = 0; i < chart_.points.size(); ++i) {
      const ChartPoint& point = chart_.points[i];
      if (point.frontier == frontier) Mark(X(point.x), MarkY(i), point, axes_.below[i]);
    }
  }
}

void ChartPainter::PaintLabels() {
  Font(kLabelSize, false);
  std::vector<Box> taken;
  for (size_t i = 0; i < chart_.points.size(); ++i) {
    const double x = X(chart_.points[i].x), y = MarkY(i), r = kMarkRadius + 1;
    taken.push_back({x - r, y - r, x + r, y + r});
  }
  if (chart_.dense_accuracy) {
    for (const double accuracy : {*chart_.dense_accuracy, *chart_.dense_accuracy - chart_.accuracy_budget}) {
      taken.push_back({frame_.left, Y(accuracy) - 1.5, frame_.right, Y(accuracy) + 1.5});
    }
  }
  const std::vector<size_t> front = chart_.Frontier();
  std::vector<LabelRequest> requests;
  for (const size_t i : front) {
    const ChartPoint& point = chart_.points[i];
    requests.push_back({X(point.x), MarkY(i), TextWidth(point.label) + 2, kLabelSize + 2});
  }
  const auto boxes = PlaceLabels(requests, taken, frame_);
  for (size_t i = 0; i < front.size(); ++i) {
    if (!boxes[i]) continue;
    const LabelRequest& request = requests[i];
    const double near_x = std::clamp(request.x, boxes[i]->left, boxes[i]->right);
    const double near_y = std::clamp(request.y, boxes[i]->top, boxes[i]->bottom);
    const double distance = std::hypot(near_x - request.x, near_y - request.y);
    if (distance > kMarkRadius + 8) {
      const double rim = (kMarkRadius + 1.5) / distance;
      Use({0.6, 0.6, 0.6, 1});
      cairo_set_line_width(context_, 0.8);
      cairo_move_to(context_, request.x + rim * (near_x - request.x), request.y + rim * (near_y - request.y));
      cairo_line_to(context_, near_x, near_y);
      cairo_stroke(context_);
    }
    // A white rim keeps letters readable over lines.
    cairo_move_to(context_, boxes[i]->left + 1, boxes[i]->bottom - 3);
    cairo_text_path(context_, chart_.points[front[i]].label.c_str());
    cairo_set_source_rgba(context_, 1, 1, 1, 0.9);
    cairo_set_line_width(context_, 3);
    cairo_stroke_preserve(context_);
    Use({0.15, 0.15, 0.15, 1});
    cairo_fill(context_);
  }
}

void ChartPainter::PaintLegend() {
  Font(12, false);
  const double y = height_ - 26;
  double x = frame_.left;
  const auto entry = [&](const std::string& text, double symbol_width) {
    Use({0.2, 0.2, 0.2, 1});
    Text(x + symbol_width, y + 4, text, Anchor::kStart);
    x += symbol_width + TextWidth(text) + 24;
  };
  for (const int size : chart_.TileSizes()) {
    const std::string m = std::to_string(size);
    Mark(x + 6, y, {"", size, 0, 0, true}, false);
    Mark(x + 22, y, {"", size, 0, 0, false}, false);
    entry(size == 0 ? "dense: frontier, other" : "F(" + m + "×" + m + "): frontier, other", 34);
  }
  const auto line = [&](Colour colour, bool dashed) {
    const double dashes[] = {7, 4};
    Use(colour);
    cairo_set_line_width(context_, 1.4);
    if (dashed) cairo_set_dash(context_, dashes, 2, 0);
    cairo_move_to(context_, x, y);
    cairo_line_to(context_, x + 28, y);
    cairo_stroke(context_);
    cairo_set_dash(context_, nullptr, 0, 0);
  };
  if (chart_.dense_accuracy) {
    line({0.25, 0.25, 0.25, 1}, false);
    entry("dense " + Fixed(*chart_.dense_accuracy, 2) + " %", 34);
    line({0.72, 0.15, 0.2, 1}, true);
    entry(chart_.BudgetText("−"), 34);
  }
  const auto below = std::count(axes_.below.begin(), axes_.below.end(), true);
  if (below > 0) entry("▽ " + std::to_string(below) + " further down", 0);
}

}  // namespace winnow::cli
