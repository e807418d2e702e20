#include "worker/data/resample.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace winnow::worker {
namespace {

RgbImage Pattern(int height, int width) {
  RgbImage image{.size = {height, width}, .pixels = {}};
  for (int i = 0; i < height * width * 3; ++i) image.pixels.push_back(static_cast<uint8_t>((i * 37 + i / 11) % 251));
  return image;
}

double Pixel(const RgbImage& image, int y, int x, int colour) {
  return image.pixels[static_cast<size_t>((y * image.size.width + x) * 3 + colour)];
}

// By the definition: every pixel weighted with the product of two triangles.
double Expected(const RgbImage& image, const ImageRegion& region, int64_t side, int64_t out_y, int64_t out_x,
                int colour) {
  const auto weight = [side](int input, int64_t output, double begin, double length) {
    const double scale = length / static_cast<double>(side), reach = std::max(1.0, scale);
    const double centre = begin + (static_cast<double>(output) + 0.5) * scale;
    return std::max(0.0, 1.0 - std::abs(input + 0.5 - centre) / reach);
  };
  const bool all = region.sees_surroundings;
  const int top = all ? 0 : static_cast<int>(region.top), left = all ? 0 : static_cast<int>(region.left);
  const int bottom = all ? image.size.height : static_cast<int>(region.top + region.height);
  const int right = all ? image.size.width : static_cast<int>(region.left + region.width);
  const int64_t from_x = region.flip ? side - 1 - out_x : out_x;
  double sum = 0, weights = 0;
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) {
      const double w = weight(y, out_y, region.top, region.height) * weight(x, from_x, region.left, region.width);
      sum += w * Pixel(image, y, x, colour);
      weights += w;
    }
  }
  return sum / weights;
}

void ExpectDefinition(const RgbImage& image, const ImageRegion& region, int64_t side) {
  std::vector<float> out(static_cast<size_t>(3 * side * side), NAN);
  Resample(image, region, side, out);
  for (int colour = 0; colour < 3; ++colour) {
    for (int64_t y = 0; y < side; ++y) {
      for (int64_t x = 0; x < side; ++x) {
        ASSERT_NEAR(out[static_cast<size_t>((colour * side + y) * side + x)],
                    Expected(image, region, side, y, x, colour), 1e-3)
            << colour << " " << y << " " << x;
      }
    }
  }
}

TEST(Resample, IsTheDefinition) {
  const RgbImage image = Pattern(23, 31);
  ExpectDefinition(image, {.top = 0, .left = 0, .height = 23, .width = 31}, 8);  // smaller
  ExpectDefinition(image, {.top = 3, .left = 4, .height = 5, .width = 7}, 12);   // larger
  ExpectDefinition(image, {.top = 2, .left = 9, .height = 20, .width = 20, .flip = true}, 9);
  ExpectDefinition(image, {.top = 1.5, .left = 4.25, .height = 20.5, .width = 22.75, .sees_surroundings = true}, 10);
  ExpectDefinition(Pattern(1, 1), {.top = 0, .left = 0, .height = 1, .width = 1}, 4);
}

TEST(Resample, KeepsAnImageOfTheRightSize) {
  const RgbImage image = Pattern(16, 16);
  std::vector<float> out(3 * 16 * 16);
  Resample(image, {.top = 0, .left = 0, .height = 16, .width = 16}, 16, out);
  for (int y = 0; y < 16; ++y) {
    for (int x = 0; x < 16; ++x) {
      for (int c = 0; c < 3; ++c)
        ASSERT_FLOAT_EQ(out[static_cast<size_t>((c * 16 + y) * 16 + x)], static_cast<float>(Pixel(image, y, x, c)));
    }
  }
}

}  // namespace
}  // namespace winnow::worker
