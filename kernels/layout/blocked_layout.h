// The layout in which batches of images go fastest: images innermost, 16 to a block.
//
//   [ceil(batch / 16)][channels][height][width][16]     image 16 * b + i of the batch is lane i of block b
//
// A pixel of 16 images fills a cache line, so that transforms need no shuffles and no masks. A whole network can stay
// in it; convolution by ConvPlan does. Lanes past the last image may hold anything: they are read and written, and
// never reach another lane. Below some 12 images the empty lanes cost more than the layout saves.
#ifndef KERNELS_LAYOUT_BLOCKED_LAYOUT_H_
#define KERNELS_LAYOUT_BLOCKED_LAYOUT_H_

#include <cstdint>
#include <string_view>

namespace winnow::kernels {

enum class TensorLayout {
  kNchw,      // [batch][channels][height][width]
  kBlocked16  // as above
};
std::string_view TensorLayoutName(TensorLayout layout);  // "nchw", "blocked16"

inline constexpr int64_t kImageBlock = 16;

// Sizes of one tensor of images.
struct ImageSizes {
  int64_t batch = 0;
  int64_t channels = 0;
  int64_t pixels = 0;  // height * width

  int64_t Blocks() const { return (batch + kImageBlock - 1) / kImageBlock; }
};

// Floats, empty lanes included.
int64_t ElementsIn(TensorLayout layout, const ImageSizes& sizes);

// From one layout to the other. Lanes past the last image become zero. No overlap.
void NchwToBlocked(const ImageSizes& sizes, const float* nchw, float* blocked);
void BlockedToNchw(const ImageSizes& sizes, const float* blocked, float* nchw);

}  // namespace winnow::kernels

#endif  // KERNELS_LAYOUT_BLOCKED_LAYOUT_H_
