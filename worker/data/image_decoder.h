// JPEG and PNG files as pixels, whatever colours they were written in.
//
// By libjpeg and libpng, where this build has them (WINNOW_WITH_IMAGES); without them every call is kUnimplemented.
// Equal bytes give equal pixels on every machine with the same versions of these: libjpeg-turbo's instruction sets do.
#ifndef WORKER_DATA_IMAGE_DECODER_H_
#define WORKER_DATA_IMAGE_DECODER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace winnow::worker {

struct ImageSize {
  int height = 0;
  int width = 0;
  friend bool operator==(const ImageSize&, const ImageSize&) = default;
};

// Layout   pixels [height][width][3], red, green, blue.
struct RgbImage {
  ImageSize size;
  std::vector<uint8_t> pixels;
};

bool CanDecodeImages();

// The format is told by the first bytes, not by a name: data sets have PNG files called .JPEG. Grey, palette and 16-bit
// images become 8-bit RGB; of CMYK and YCCK red is what cyan and black leave over; alpha is dropped.
//
// kDataLoss   neither format, damaged, cut off, or of more than kMostPixels; the message names no file
inline constexpr int64_t kMostPixels = int64_t{1} << 27;
Result<RgbImage> DecodeImage(std::span<const uint8_t> file);

// From the beginning of a file; enough of it has to be there.
Result<ImageSize> ReadImageSize(std::span<const uint8_t> file);

}  // namespace winnow::worker

#endif  // WORKER_DATA_IMAGE_DECODER_H_
