#include "worker/data/image_region.h"

#include <algorithm>
#include <cmath>

#include "base/counter_random.h"

namespace winnow::worker {
namespace {

constexpr double kNarrowest = 3.0 / 4.0;
constexpr double kWidest = 4.0 / 3.0;
constexpr uint64_t kTries = 10;

// The words of one try; the flip has those behind the last.
RandomWords WordsAt(uint64_t seed, uint32_t epoch, uint32_t image, uint64_t attempt) {
  return RandomAt(seed, RandomStream::kAugmentation, epoch, attempt << 32 | image);
}

ImageRegion MiddleOf(const ImageSize& size, int height, int width) {
  ImageRegion region;
  region.top = (size.height - height) / 2;
  region.left = (size.width - width) / 2;
  region.height = height;
  region.width = width;
  return region;
}

ImageRegion LargestInTheMiddle(const ImageSize& size) {
  const double ratio = static_cast<double>(size.width) / size.height;
  if (ratio < kNarrowest) return MiddleOf(size, std::max(1, static_cast<int>(size.width / kNarrowest)), size.width);
  if (ratio > kWidest) return MiddleOf(size, size.height, std::max(1, static_cast<int>(size.height * kWidest)));
  return MiddleOf(size, size.height, size.width);
}

ImageRegion DrawCrop(const ImageSize& size, double least_area, uint64_t seed, uint32_t epoch, uint32_t image) {
  const double area = static_cast<double>(size.height) * size.width;
  for (uint64_t attempt = 0; attempt < kTries; ++attempt) {
    const RandomWords words = WordsAt(seed, epoch, image, attempt);
    const double wanted = area * (least_area + (1.0 - least_area) * RandomUnit(words[0]));
    const double logarithm = std::log(kNarrowest) + (std::log(kWidest) - std::log(kNarrowest)) * RandomUnit(words[1]);
    const double ratio = std::exp(logarithm);
    const int width = static_cast<int>(std::lround(std::sqrt(wanted * ratio)));
    const int height = static_cast<int>(std::lround(std::sqrt(wanted / ratio)));
    if (width < 1 || height < 1 || width > size.width || height > size.height) continue;
    ImageRegion region;
    region.top = RandomBelow(words[2], static_cast<uint32_t>(size.height - height + 1));
    region.left = RandomBelow(words[3], static_cast<uint32_t>(size.width - width + 1));
    region.height = height;
    region.width = width;
    return region;
  }
  return LargestInTheMiddle(size);
}

}  // namespace

ImageRegion DrawResizedCrop(const ImageSize& size, double least_area, bool flip, uint64_t seed, uint32_t epoch,
                            uint32_t image) {
  ImageRegion region = DrawCrop(size, least_area, seed, epoch, image);
  region.flip = flip && (WordsAt(seed, epoch, image, kTries)[0] >> 31) != 0;
  return region;
}

ImageRegion CentreCrop(const ImageSize& size, int64_t side) {
  const int64_t shorter = (side * 256 + 112) / 224;
  const int64_t least = std::min(size.height, size.width);
  // Sizes of the smaller image, and the corner of the cut, are whole pixels of it.
  const int64_t height = std::max(side, size.height * shorter / least);
  const int64_t width = std::max(side, size.width * shorter / least);
  const double rows = static_cast<double>(size.height) / static_cast<double>(height);
  const double columns = static_cast<double>(size.width) / static_cast<double>(width);
  ImageRegion region;
  region.top = static_cast<double>((height - side) / 2) * rows;
  region.left = static_cast<double>((width - side) / 2) * columns;
  region.height = static_cast<double>(side) * rows;
  region.width = static_cast<double>(side) * columns;
  region.sees_surroundings = true;
  return region;
}

}  // namespace winnow::worker
