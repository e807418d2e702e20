#include "client/cli/chart_file.h"

#include <cairo-svg.h>
#include <cairo.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>

#include "base/durable_file.h"
#include "client/cli/chart_painter.h"

namespace winnow::cli {
namespace {

constexpr double kWidth = 960;
constexpr double kHeight = 640;
constexpr int kPixelsPerPoint = 2;

struct Destroy {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* context) const { cairo_destroy(context); }
};
using Surface = std::unique_ptr<cairo_surface_t, Destroy>;
using Context = std::unique_ptr<cairo_t, Destroy>;

cairo_status_t Append(void* bytes, const unsigned char* more, unsigned int size) {
  static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(more), size);
  return CAIRO_STATUS_SUCCESS;
}

Status ToStatus(cairo_status_t status) {
  if (status == CAIRO_STATUS_SUCCESS) return OkStatus();
  return Internal(std::string("cannot draw the chart: ") + cairo_status_to_string(status));
}

Status PaintOn(cairo_surface_t* surface, const ParetoChart& chart) {
  const Context context(cairo_create(surface));
  ChartPainter(chart, context.get(), kWidth, kHeight).Paint();
  return ToStatus(cairo_status(context.get()));
}

// Cairo numbers its surfaces through the process's life; here they are numbered through the file.
std::string WithOwnSurfaceNumbers(const std::string& svg) {
  constexpr std::string_view kName = "surface";
  std::map<std::string, size_t> numbers;
  std::string text;
  for (size_t at = 0; at < svg.size();) {
    const size_t found = std::min(svg.find(kName, at), svg.size());
    text.append(svg, at, found - at);
    if (found == svg.size()) break;
    const size_t digits = found + kName.size();
    at = std::min(svg.find_first_not_of("0123456789", digits), svg.size());
    const auto [number, is_new] = numbers.emplace(svg.substr(digits, at - digits), numbers.size());
    text.append(kName).append(std::to_string(number->second));
  }
  return text;
}

}  // namespace

Result<ChartFormat> ChartFormatOf(const std::filesystem::path& path) {
  if (path.extension() == ".svg") return ChartFormat::kSvg;
  if (path.extension() == ".png") return ChartFormat::kPng;
  return Err(InvalidArgument("cannot tell the picture's format from \"" + path.string() +
                             "\": let the name end in .svg or .png"));
}

Result<std::string> RenderChart(const ParetoChart& chart, ChartFormat format) {
  std::string bytes;
  if (format == ChartFormat::kSvg) {
    const Surface surface(cairo_svg_surface_create_for_stream(&Append, &bytes, kWidth, kHeight));
    WINNOW_RETURN_ERR_IF_ERROR(PaintOn(surface.get(), chart));
    cairo_surface_finish(surface.get());
    WINNOW_RETURN_ERR_IF_ERROR(ToStatus(cairo_surface_status(surface.get())));
    return WithOwnSurfaceNumbers(bytes);
  }
  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(kWidth) * kPixelsPerPoint,
                                                   static_cast<int>(kHeight) * kPixelsPerPoint));
  cairo_surface_set_device_scale(surface.get(), kPixelsPerPoint, kPixelsPerPoint);
  WINNOW_RETURN_ERR_IF_ERROR(PaintOn(surface.get(), chart));
  WINNOW_RETURN_ERR_IF_ERROR(ToStatus(cairo_surface_write_to_png_stream(surface.get(), &Append, &bytes)));
  return bytes;
}

Status SaveChart(const ParetoChart& chart, const std::filesystem::path& path) {
  WINNOW_ASSIGN_OR_RETURN_STATUS(const ChartFormat format, ChartFormatOf(path));
  WINNOW_ASSIGN_OR_RETURN_STATUS(const std::string bytes, RenderChart(chart, format));
  return WriteFileDurably(path, bytes);
}

}  // namespace winnow::cli
