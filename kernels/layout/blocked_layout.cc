#include "kernels/layout/blocked_layout.h"

#include <algorithm>

namespace winnow::kernels {
namespace {

// Pixels of one step: lines of the block that stay in the cache while 16 images fill them.
constexpr int64_t kStep = 64;

// Calls body(first pixel of NCHW, first line of the block, pixels, images) for steps of every plane; the images of a
// step stand sizes.channels * sizes.pixels floats apart.
template <typename Body>
void ForSteps(const ImageSizes& sizes, Body body) {
  for (int64_t block = 0; block < sizes.Blocks(); ++block) {
    const int64_t images = std::min(kImageBlock, sizes.batch - block * kImageBlock);
    for (int64_t channel = 0; channel < sizes.channels; ++channel) {
      for (int64_t pixel = 0; pixel < sizes.pixels; pixel += kStep) {
        body((block * kImageBlock * sizes.channels + channel) * sizes.pixels + pixel,
             ((block * sizes.channels + channel) * sizes.pixels + pixel) * kImageBlock,
             std::min(kStep, sizes.pixels - pixel), images);
      }
    }
  }
}

}  // namespace

std::string_view TensorLayoutName(TensorLayout layout) { return layout == TensorLayout::kNchw ? "nchw" : "blocked16"; }

int64_t ElementsIn(TensorLayout layout, const ImageSizes& sizes) {
  const int64_t images = layout == TensorLayout::kNchw ? sizes.batch : sizes.Blocks() * kImageBlock;
  return images * sizes.channels * sizes.pixels;
}

void NchwToBlocked(const ImageSizes& sizes, const float* nchw, float* blocked) {
  const int64_t image_stride = sizes.channels * sizes.pixels;
  ForSteps(sizes, [&](int64_t from, int64_t to, int64_t pixels, int64_t images) {
    for (int64_t image = 0; image < kImageBlock; ++image) {
      const float* const source = nchw + from + std::min(image, images - 1) * image_stride;
      float* const lane = blocked + to + image;
      for (int64_t p = 0; p < pixels; ++p) lane[p * kImageBlock] = image < images ? source[p] : 0.0f;
    }
  });
}

void BlockedToNchw(const ImageSizes& sizes, const float* blocked, float* nchw) {
  const int64_t image_stride = sizes.channels * sizes.pixels;
  ForSteps(sizes, [&](int64_t to, int64_t from, int64_t pixels, int64_t images) {
    for (int64_t image = 0; image < images; ++image) {
      const float* const lane = blocked + from + image;
      float* const target = nchw + to + image * image_stride;
      for (int64_t p = 0; p < pixels; ++p) target[p] = lane[p * kImageBlock];
    }
  });
}

}  // namespace winnow::kernels
