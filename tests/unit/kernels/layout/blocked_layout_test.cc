#include "kernels/layout/blocked_layout.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/kernels/random_floats.h"

namespace winnow::kernels {
namespace {

TEST(BlockedLayout, PutsImagesInnermostAndComesBack) {
  for (const int64_t batch : {1, 15, 16, 17, 40}) {
    const ImageSizes sizes{batch, 3, 70};
    const std::vector<float> nchw = RandomFloats(ElementsIn(TensorLayout::kNchw, sizes), 5);
    std::vector<float> blocked(static_cast<size_t>(ElementsIn(TensorLayout::kBlocked16, sizes)), -7.0f);
    ASSERT_EQ(blocked.size(), static_cast<size_t>((batch + 15) / 16 * 16 * 3 * 70));
    NchwToBlocked(sizes, nchw.data(), blocked.data());
    for (int64_t image = 0; image < sizes.Blocks() * kImageBlock; ++image) {
      for (int64_t c = 0; c < 3; ++c) {
        for (int64_t p = 0; p < 70; ++p) {
          const float found = blocked[((image / 16 * 3 + c) * 70 + p) * 16 + image % 16];
          ASSERT_EQ(found, image < batch ? nchw[(image * 3 + c) * 70 + p] : 0.0f) << image << " " << c << " " << p;
        }
      }
    }
    std::vector<float> back(nchw.size());
    BlockedToNchw(sizes, blocked.data(), back.data());
    EXPECT_EQ(back, nchw) << batch;
  }
}

}  // namespace
}  // namespace winnow::kernels
