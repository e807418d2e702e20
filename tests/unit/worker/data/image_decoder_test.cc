#include "worker/data/image_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/worker/data/image_samples.h"

namespace winnow::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

RgbImage Decoded(const std::string& file) {
  const Result<RgbImage> image = DecodeImage(BytesOf(file));
  EXPECT_TRUE(image) << image.error().message();
  return image.value_or(RgbImage{});
}

void ExpectColour(const RgbImage& image, int red, int green, int blue) {
  ASSERT_EQ(image.pixels.size(), 3u * static_cast<size_t>(image.size.height * image.size.width));
  for (size_t i = 0; i < image.pixels.size(); i += 3) {
    ASSERT_NEAR(image.pixels[i], red, 2);
    ASSERT_NEAR(image.pixels[i + 1], green, 2);
    ASSERT_NEAR(image.pixels[i + 2], blue, 2);
  }
}

TEST(DecodeImage, ReadsJpegOfEveryColourSpace) {
  const RgbImage rgb = Decoded(JpegOf(5, 7, {200, 100, 50}));
  EXPECT_EQ(rgb.size, (ImageSize{5, 7}));
  ExpectColour(rgb, 200, 100, 50);
  ExpectColour(Decoded(JpegOf(5, 7, {77})), 77, 77, 77);
  // Cyan 55, no magenta, all yellow, black 51: red is (1 - 55/255) * (1 - 51/255) of 255 = 160, green 204, blue 0.
  ExpectColour(Decoded(JpegOf(5, 7, {55, 0, 255, 51})), 160, 204, 0);
  // Adobe's files hold what is left over of each.
  ExpectColour(Decoded(JpegOf(5, 7, {200, 255, 0, 204}, /*adobe=*/true)), 160, 204, 0);
}

TEST(DecodeImage, ReadsPngOfEveryColourSpace) {
  const uint8_t rgb[] = {1, 2, 3, 250, 251, 252};
  EXPECT_THAT(Decoded(PngOf(1, 2, PNG_FORMAT_RGB, rgb)).pixels, ElementsAre(1, 2, 3, 250, 251, 252));
  const uint8_t grey[] = {9, 200};
  EXPECT_THAT(Decoded(PngOf(2, 1, PNG_FORMAT_GRAY, grey)).pixels, ElementsAre(9, 9, 9, 200, 200, 200));
  const uint8_t alpha[] = {10, 20, 30, 128};
  EXPECT_THAT(Decoded(PngOf(1, 1, PNG_FORMAT_RGBA, alpha)).pixels, ElementsAre(10, 20, 30));
}

TEST(DecodeImage, ReadsSizesWithoutPixels) {
  EXPECT_EQ(*ReadImageSize(BytesOf(JpegOf(5, 7, {1, 2, 3}).substr(0, 620))), (ImageSize{5, 7}));
  const uint8_t grey[] = {9, 200};
  EXPECT_EQ(*ReadImageSize(BytesOf(PngOf(2, 1, PNG_FORMAT_GRAY, grey))), (ImageSize{2, 1}));
}

TEST(DecodeImage, RefusesWhatIsNoImageOrDamaged) {
  const std::string jpeg = JpegOf(64, 64, {200, 100, 50});
  std::string noisy_png;
  {
    std::vector<uint8_t> pixels(64 * 64 * 3);
    for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(i * i / 7);
    noisy_png = PngOf(64, 64, PNG_FORMAT_RGB, pixels.data());
  }
  std::string bad_header = jpeg;
  bad_header[4] = bad_header[5] = '\xff';
  const std::tuple<const char*, std::string, const char*> kFaults[] = {
      {"empty", "", "an empty file"},
      {"text", "hello world", "neither a JPEG nor a PNG"},
      {"JPEG cut off", jpeg.substr(0, jpeg.size() / 2), ""},
      {"JPEG without its end", jpeg.substr(0, jpeg.size() - 40), "too early"},
      {"JPEG header", bad_header, "libjpeg"},
      {"PNG cut off", noisy_png.substr(0, noisy_png.size() / 2), "libpng"},
      {"PNG signature alone", noisy_png.substr(0, 8), "libpng"}};
  for (const auto& [name, file, says] : kFaults) {
    SCOPED_TRACE(name);
    const Result<RgbImage> image = DecodeImage(BytesOf(file));
    ASSERT_FALSE(image);
    EXPECT_EQ(image.error().code(), StatusCode::kDataLoss);
    EXPECT_THAT(image.error().message(), HasSubstr(says));
  }
}

}  // namespace
}  // namespace winnow::worker
