#include "worker/data/batch_assembler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace winnow::worker {
namespace {

// Two images of 2 channels, 3 x 4, with pixels that tell where they come from.
ImageSet SmallSet() {
  ImageSet set{.count = 2, .channels = 2, .height = 3, .width = 4, .classes = 2, .pixels = {}, .labels = {0, 1}};
  for (int i = 0; i < 2 * 2 * 3 * 4; ++i) set.pixels.push_back(static_cast<uint8_t>(5 * i + 1));
  return set;
}

spec::Normalisation SmallNormalisation() { return {.mean = {0.25f, 0.5f}, .deviation = {0.5f, 0.25f}}; }

// By the definition: pad in the middle, move, flip.
float Expected(const ImageSet& set, const spec::Normalisation& normalisation, int64_t side, int64_t image,
               const CropAndFlip& how, int64_t channel, int64_t y, int64_t x) {
  const int64_t unflipped = how.flip ? side - 1 - x : x;
  const int64_t from_y = y - how.shift_y - (side - set.height) / 2;
  const int64_t from_x = unflipped - how.shift_x - (side - set.width) / 2;
  uint8_t pixel = 0;
  if (from_y >= 0 && from_y < set.height && from_x >= 0 && from_x < set.width) {
    pixel = set.image(image)[static_cast<size_t>((channel * set.height + from_y) * set.width + from_x)];
  }
  const auto c = static_cast<size_t>(channel);
  return (static_cast<float>(pixel) / 255.0f - normalisation.mean[c]) / normalisation.deviation[c];
}

TEST(BatchAssembler, IsTheDefinitionForEveryShiftAndFlip) {
  const ImageSet set = SmallSet();
  for (const int64_t side : {4, 6, 7}) {
    const BatchAssembler assembler(set, SmallNormalisation(), side);
    std::vector<float> out(static_cast<size_t>(assembler.image_floats()));
    for (int shift_y = -9; shift_y <= 9; ++shift_y) {
      for (int shift_x = -9; shift_x <= 9; ++shift_x) {
        for (const bool flip : {false, true}) {
          const CropAndFlip how{.shift_y = shift_y, .shift_x = shift_x, .flip = flip};
          std::fill(out.begin(), out.end(), std::nanf(""));
          assembler.Assemble(1, how, out);
          size_t at = 0;
          for (int64_t c = 0; c < 2; ++c) {
            for (int64_t y = 0; y < side; ++y) {
              for (int64_t x = 0; x < side; ++x, ++at) {
                ASSERT_EQ(out[at], Expected(set, SmallNormalisation(), side, 1, how, c, y, x))
                    << "side " << side << " shift " << shift_y << "," << shift_x << " flip " << flip << " at " << c
                    << "," << y << "," << x;
              }
            }
          }
        }
      }
    }
  }
}

TEST(DrawCropAndFlip, IsAFunctionOfSeedEpochAndImage) {
  const Augmentation augmentation{.crop_padding = 4, .flip = true};
  const CropAndFlip once = DrawCropAndFlip(augmentation, 3, 7, 11);
  EXPECT_EQ(once, DrawCropAndFlip(augmentation, 3, 7, 11));
  int differing = 0;
  for (uint32_t image = 0; image < 20; ++image) {
    differing += DrawCropAndFlip(augmentation, 3, 7, image) == DrawCropAndFlip(augmentation, 3, 8, image) ? 0 : 1;
  }
  EXPECT_GE(differing, 15);
}

TEST(DrawCropAndFlip, IsEvenOverItsRange) {
  const Augmentation augmentation{.crop_padding = 2, .flip = true};
  std::map<int, int> rows, columns;
  int flips = 0;
  constexpr int kDraws = 5000;
  for (uint32_t image = 0; image < kDraws; ++image) {
    const CropAndFlip how = DrawCropAndFlip(augmentation, 1, 1, image);
    ++rows[how.shift_y];
    ++columns[how.shift_x];
    flips += how.flip ? 1 : 0;
  }
  // Five deviations of a binomial with p = 1/5, and with p = 1/2.
  for (const auto& counts : {rows, columns}) {
    ASSERT_EQ(counts.size(), 5u);
    for (const auto& [shift, count] : counts) {
      EXPECT_LE(std::abs(shift), 2);
      EXPECT_NEAR(count, kDraws / 5, 5 * 29);
    }
  }
  EXPECT_NEAR(flips, kDraws / 2, 5 * 36);
}

TEST(DrawCropAndFlip, LeavesAloneWhatIsNotAskedFor) {
  for (uint32_t image = 0; image < 100; ++image) {
    EXPECT_EQ(DrawCropAndFlip({}, 1, 1, image), CropAndFlip());
  }
}

}  // namespace
}  // namespace winnow::worker
