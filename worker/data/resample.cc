#include "worker/data/resample.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace winnow::worker {
namespace {

constexpr int64_t kColours = 3;

// Of one output row or column: the inputs from `first` on, and their weights, which sum to 1.
struct Taps {
  int64_t first = 0;
  int64_t count = 0;
  size_t weights = 0;  // where they begin
};

struct Filter {
  std::vector<Taps> taps;  // one an output
  std::vector<float> weights;
};

// From `length` pixels at `begin` to `outputs`; only inputs of [low, high) count.
Filter MakeFilter(double begin, double length, int64_t outputs, int64_t low, int64_t high) {
  const double scale = length / static_cast<double>(outputs);
  const double reach = std::max(scale, 1.0);
  Filter filter;
  for (int64_t i = 0; i < outputs; ++i) {
    const double centre = begin + (static_cast<double>(i) + 0.5) * scale;
    Taps taps;
    taps.first = std::clamp(static_cast<int64_t>(std::floor(centre - reach + 0.5)), low, high - 1);
    const int64_t end = std::clamp(static_cast<int64_t>(std::floor(centre + reach + 0.5)), taps.first + 1, high);
    taps.count = end - taps.first;
    taps.weights = filter.weights.size();
    double sum = 0.0;
    std::vector<double> weights;
    for (int64_t k = taps.first; k < end; ++k) {
      weights.push_back(std::max(0.0, 1.0 - std::abs((static_cast<double>(k) + 0.5 - centre) / reach)));
      sum += weights.back();
    }
    for (const double weight : weights) {
      filter.weights.push_back(static_cast<float>(sum > 0.0 ? weight / sum : 1.0 / static_cast<double>(taps.count)));
    }
    filter.taps.push_back(taps);
  }
  return filter;
}

// One row of pixels to [side][3].
void ResampleRow(const uint8_t* pixels, const Filter& columns, float* out) {
  for (const Taps& taps : columns.taps) {
    const uint8_t* pixel = pixels + taps.first * kColours;
    const float* weights = columns.weights.data() + taps.weights;
    float red = 0, green = 0, blue = 0;
    for (int64_t k = 0; k < taps.count; ++k, pixel += kColours) {
      red += weights[k] * static_cast<float>(pixel[0]);
      green += weights[k] * static_cast<float>(pixel[1]);
      blue += weights[k] * static_cast<float>(pixel[2]);
    }
    *out++ = red;
    *out++ = green;
    *out++ = blue;
  }
}

// One output row, the sum of weighted rows of [side][3], to its place in the three planes.
void WriteRow(const std::vector<float>& row, int64_t y, int64_t side, bool flip, float* out) {
  for (int64_t colour = 0; colour < kColours; ++colour) {
    float* to = out + (colour * side + y) * side;
    for (int64_t x = 0; x < side; ++x) {
      const int64_t from = flip ? side - 1 - x : x;
      to[x] = row[static_cast<size_t>(from * kColours + colour)];
    }
  }
}

}  // namespace

void Resample(const RgbImage& image, const ImageRegion& region, int64_t side, std::span<float> out) {
  const int64_t image_height = image.size.height, image_width = image.size.width;
  const auto low = [&](double begin) { return region.sees_surroundings ? 0 : static_cast<int64_t>(begin); };
  const auto high = [&](double end, int64_t size) {
    return region.sees_surroundings ? size : static_cast<int64_t>(end);
  };
  const Filter rows =
      MakeFilter(region.top, region.height, side, low(region.top), high(region.top + region.height, image_height));
  const Filter columns =
      MakeFilter(region.left, region.width, side, low(region.left), high(region.left + region.width, image_width));
  const int64_t first_row = rows.taps.front().first;
  const int64_t end_row = rows.taps.back().first + rows.taps.back().count;
  const auto row_floats = static_cast<size_t>(side * kColours);
  std::vector<float> narrow(static_cast<size_t>(end_row - first_row) * row_floats);
  for (int64_t y = first_row; y < end_row; ++y) {
    ResampleRow(image.pixels.data() + y * image_width * kColours, columns,
                narrow.data() + static_cast<size_t>(y - first_row) * row_floats);
  }
  std::vector<float> sum(row_floats);
  for (int64_t y = 0; y < side; ++y) {
    const Taps& taps = rows.taps[static_cast<size_t>(y)];
    std::fill(sum.begin(), sum.end(), 0.0f);
    for (int64_t k = 0; k < taps.count; ++k) {
      const float weight = rows.weights[taps.weights + static_cast<size_t>(k)];
      const float* from = narrow.data() + static_cast<size_t>(taps.first + k - first_row) * row_floats;
      for (size_t i = 0; i < row_floats; ++i) sum[i] += weight * from[i];
    }
    WriteRow(sum, y, side, region.flip, out.data());
  }
}

}  // namespace winnow::worker
