// A ParetoChart as a picture, by cairo.
#ifndef CLIENT_CLI_CHART_FILE_H_
#define CLIENT_CLI_CHART_FILE_H_

#include <filesystem>
#include <string>

#include "base/result.h"
#include "client/cli/pareto_chart.h"

namespace winnow::cli {

enum class ChartFormat { kSvg, kPng };

// By the ending of `path`. kInvalidArgument for another ending, naming the two.
Result<ChartFormat> ChartFormatOf(const std::filesystem::path& path);

// The bytes of the picture: 960 x 640 points, white ground; a PNG has 1920 x 1280 pixels. Equal charts give equal
// bytes. kInternal with cairo's message where it fails.
Result<std::string> RenderChart(const ParetoChart& chart, ChartFormat format);

// Renders and writes it, whole or not at all.
Status SaveChart(const ParetoChart& chart, const std::filesystem::path& path);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_CHART_FILE_H_
