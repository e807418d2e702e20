// The frontier, axes, labels, and charts as text and picture.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <sstream>

#include "base/durable_file.h"
#include "client/cli/axis.h"
#include "client/cli/chart_file.h"
#include "client/cli/chart_terminal.h"
#include "client/cli/display_width.h"
#include "client/cli/dot_canvas.h"
#include "client/cli/label_placement.h"
#include "client/cli/pareto.h"
#include "tests/unit/client_cli/temp_folder.h"

namespace winnow::cli {
namespace {

bool Dominates(const ParetoPoint& a, const ParetoPoint& b) {
  return a.cost <= b.cost && a.accuracy >= b.accuracy && (a.cost < b.cost || a.accuracy > b.accuracy);
}

TEST(ParetoFront, TableOfCases) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const struct {
    std::vector<ParetoPoint> points;
    std::vector<size_t> front;
  } cases[] = {
      {{}, {}},
      {{{1, 1}}, {0}},
      {{{1, 1}, {2, 2}}, {0, 1}},
      {{{2, 1}, {1, 2}}, {1}},
      {{{1, 1}, {1, 2}, {1, 0}}, {1}},      // equal cost: only the best
      {{{1, 2}, {2, 2}}, {0}},              // equal accuracy: only the cheapest
      {{{1, 2}, {1, 2}}, {0, 1}},           // equal points beat neither
      {{{nan, 9}, {0, nan}, {1, 1}}, {2}},  // unknown values are left out
      {{{-infinity, 1}, {1, infinity}, {2, 1}}, {2}},
  };
  for (const auto& c : cases) EXPECT_EQ(ParetoFront(c.points), c.front);
}

TEST(ParetoFront, IsWhatTheDefinitionSays) {
  for (uint32_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::vector<ParetoPoint> points(seed * 4);
    // Few distinct values, so that equal ones occur.
    for (ParetoPoint& point : points) point = {static_cast<double>(random() % 20), static_cast<double>(random() % 20)};
    std::vector<size_t> expected;
    for (size_t i = 0; i < points.size(); ++i) {
      if (std::none_of(points.begin(), points.end(), [&](const ParetoPoint& p) { return Dominates(p, points[i]); })) {
        expected.push_back(i);
      }
    }
    std::vector<size_t> front = ParetoFront(points);
    EXPECT_TRUE(std::is_sorted(front.begin(), front.end(),
                               [&](size_t a, size_t b) { return points[a].cost < points[b].cost; }));
    std::sort(front.begin(), front.end());
    EXPECT_EQ(front, expected);
  }
}

TEST(Axis, TicksAreRoundAndWithin) {
  const Axis axis = MakeAxis(88.9, 90.2, 0.05, 6);
  ASSERT_GE(axis.ticks.size(), 4u);
  EXPECT_LE(axis.low, 88.9);
  EXPECT_GE(axis.high, 90.2);
  for (size_t i = 0; i < axis.ticks.size(); ++i) {
    EXPECT_GE(axis.ticks[i], axis.low - 1e-9);
    EXPECT_LE(axis.ticks[i], axis.high + 1e-9);
    if (i > 0) {
      EXPECT_NE(axis.Label(axis.ticks[i]), axis.Label(axis.ticks[i - 1]));
    }
  }
  EXPECT_DOUBLE_EQ(axis.ticks[0], 89);
}

TEST(Axis, LabelsTellTicksApartAtEveryScale) {
  for (const double scale : {1e-6, 3e-4, 0.02, 0.7, 1.0, 42.0, 1e3, 5e7}) {
    for (int wanted = 2; wanted <= 10; ++wanted) {
      const Axis axis = MakeAxis(scale, scale * 1.9, 0, wanted);
      for (size_t i = 1; i < axis.ticks.size(); ++i) {
        EXPECT_NE(axis.Label(axis.ticks[i]), axis.Label(axis.ticks[i - 1])) << scale << " " << wanted;
        // A label stands for its tick.
        EXPECT_NEAR(std::stod(axis.Label(axis.ticks[i])), axis.ticks[i], scale * 1e-3) << scale << " " << wanted;
      }
    }
  }
}

TEST(Axis, WidensAnEmptyRange) {
  const Axis axis = MakeAxis(5, 5, 0.1, 5);
  EXPECT_LT(axis.low, 5);
  EXPECT_GT(axis.high, 5);
  EXPECT_FALSE(axis.ticks.empty());
}

TEST(LabelPlacement, KeepsApartAndInside) {
  const Box frame{0, 0, 400, 300};
  std::vector<LabelRequest> labels;
  std::vector<Box> marks;
  std::mt19937 random(7);
  for (int i = 0; i < 12; ++i) {
    labels.push_back({static_cast<double>(random() % 400), static_cast<double>(random() % 300), 50, 13});
    marks.push_back({labels.back().x - 5, labels.back().y - 5, labels.back().x + 5, labels.back().y + 5});
  }
  const auto placed = PlaceLabels(labels, marks, frame);
  ASSERT_EQ(placed.size(), labels.size());
  EXPECT_GE(std::count_if(placed.begin(), placed.end(), [](const auto& box) { return box.has_value(); }), 10);
  for (size_t i = 0; i < placed.size(); ++i) {
    if (!placed[i]) continue;
    EXPECT_TRUE(frame.Holds(*placed[i]));
    for (const Box& mark : marks) EXPECT_FALSE(placed[i]->Overlaps(mark));
    for (size_t j = 0; j < i; ++j) EXPECT_FALSE(placed[j] && placed[i]->Overlaps(*placed[j]));
  }
}

TEST(LabelPlacement, LeavesOutWhatHasNoPlace) {
  EXPECT_FALSE(PlaceLabels({{5, 5, 50, 13}}, {}, {0, 0, 20, 20})[0].has_value());
}

ParetoChart ExampleChart() {
  ParetoChart chart;
  chart.title = "example: accuracy against multiplications left";
  chart.subtitle = "lenet-5-3x3 × 1 on fashion-mnist";
  chart.x_title = "multiplications left, %";
  chart.dense_accuracy = 90.1;
  chart.points = {{"s30 w50", 2, 23, 90.2, false}, {"s30 w60", 2, 19, 89.9, false}, {"s30 w50", 4, 13.5, 90.0, false},
                  {"s30 w60", 4, 11, 89.7, false}, {"s30 w70", 4, 9, 88.9, false},  {"s40 w70", 4, 10, 60.0, false}};
  chart.MarkFrontier();
  return chart;
}

TEST(ParetoChart, MarksTheFrontierByTheAxisDirection) {
  ParetoChart chart = ExampleChart();
  EXPECT_EQ(chart.Frontier(), (std::vector<size_t>{4, 3, 2, 0}));
  chart.more_x_is_better = true;
  chart.MarkFrontier();
  EXPECT_EQ(chart.Frontier(), (std::vector<size_t>{0}));
  EXPECT_EQ(chart.TileSizes(), (std::vector<int>{2, 4}));
}

TEST(ParetoChart, AxesHoldAllButTheFarBelow) {
  const ParetoChart chart = ExampleChart();
  const ChartAxes axes = MakeChartAxes(chart, 5, 5);
  EXPECT_EQ(axes.below, (std::vector<bool>{false, false, false, false, false, true}));
  EXPECT_GT(axes.y.low, 80);
  EXPECT_LE(axes.y.low, 88.9);
  EXPECT_LE(axes.x.low, 9);
  EXPECT_GE(axes.x.high, 23);
}

TEST(ParetoChart, BudgetText) {
  ParetoChart chart;
  EXPECT_EQ(chart.BudgetText("-"), "dense - 1 point");
  chart.accuracy_budget = 0.5;
  EXPECT_EQ(chart.BudgetText("-"), "dense - 0.50 points");
}

TEST(DotCanvas, DrawsBrailleAndAscii) {
  DotCanvas canvas(2, 1, true);
  canvas.Dot(0, 0);
  canvas.Dot(1, 3);
  canvas.Dot(99, 99);  // outside: ignored
  canvas.Put(2, 0, "●");
  EXPECT_EQ(canvas.Row(0), "⢁●");
  DotCanvas ascii(3, 1, false);
  ascii.Dot(0, 0);
  ascii.Line(2, 3, 3, 3, 1);
  ascii.Line(4, 0, 4, 3, 1);
  EXPECT_EQ(ascii.Row(0), "'.|");
}

TEST(ChartTerminal, FitsTheTerminalAndShowsEveryMark) {
  for (const int columns : {20, 40, 80, 200}) {
    const Terminal terminal = DescribeTerminal(true, columns, 24, {"1", "xterm", "", "C.UTF-8"});
    const std::string text = DrawChart(ExampleChart(), terminal, 20);
    std::istringstream lines(text);
    std::string line;
    int count = 0;
    while (std::getline(lines, line)) {
      ++count;
      // The legend's entries are whole even where they are wider.
      if (line.find("frontier") == std::string::npos && line.find("dense") == std::string::npos) {
        EXPECT_LE(DisplayWidth(line), static_cast<size_t>(columns)) << line;
      }
    }
    EXPECT_GE(count, 10);
    for (const char* mark : {"●", "▲", "▿"}) EXPECT_NE(text.find(mark), std::string::npos) << columns << mark;
  }
}

TEST(ChartTerminal, IsAsciiWhereTheLocaleIs) {
  const std::string text = DrawChart(ExampleChart(), DescribeTerminal(true, 80, 24, {"1", "", "", "C"}), 20);
  EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
}

TEST(ChartTerminal, SaysWhenThereIsNothingToDraw) {
  EXPECT_NE(DrawChart({}, Terminal(), 20).find("nothing to draw"), std::string::npos);
}

TEST(ChartFile, GivesRepeatablePictures) {
  const auto png = RenderChart(ExampleChart(), ChartFormat::kPng);
  ASSERT_TRUE(png) << png.error().ToString();
  EXPECT_EQ(png->substr(1, 3), "PNG");
  EXPECT_GT(png->size(), 10000u);
  // Width and height stand big-endian in the header.
  EXPECT_EQ(png->substr(16, 8), std::string("\0\0\x07\x80\0\0\x05\0", 8));
  EXPECT_EQ(*RenderChart(ExampleChart(), ChartFormat::kPng), *png);
  const auto svg = RenderChart(ExampleChart(), ChartFormat::kSvg);
  ASSERT_TRUE(svg) << svg.error().ToString();
  EXPECT_NE(svg->find("<svg"), std::string::npos);
  EXPECT_NE(svg->find("</svg>"), std::string::npos);
  EXPECT_EQ(*RenderChart(ExampleChart(), ChartFormat::kSvg), *svg);
}

TEST(ChartFile, DrawsChartsOfOnePointAndOfNone) {
  ParetoChart chart;
  EXPECT_TRUE(RenderChart(chart, ChartFormat::kPng));
  chart.points = {{"dense", 4, 100, 0.0, false}};
  chart.MarkFrontier();
  EXPECT_TRUE(RenderChart(chart, ChartFormat::kSvg));
}

TEST(ChartFile, RefusesOtherEndings) {
  const testing::TempFolder folder;
  const Status status = SaveChart(ExampleChart(), folder.path() / "front.pdf");
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find(".svg"), std::string::npos);
  ASSERT_TRUE(SaveChart(ExampleChart(), folder.path() / "front.svg").ok());
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "front.svg"));
}

}  // namespace
}  // namespace winnow::cli
