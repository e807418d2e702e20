#include "worker/data/batch_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker/data/batch_order.h"

namespace winnow::worker {
namespace {

class BatchLoaderTest : public ::testing::Test {
 protected:
  BatchLoaderTest() {
    for (int i = 0; i < kImages * 4 * 4; ++i) set_.pixels.push_back(static_cast<uint8_t>(i * 7));
    for (int i = 0; i < kImages; ++i) set_.labels.push_back(static_cast<uint8_t>(i % 10));
  }

  std::vector<Batch> All(const BatchLoaderOptions& options) {
    BatchLoader loader(assembler_, set_.labels, EpochOrder(options.seed, options.epoch, kImages), options);
    std::vector<Batch> batches;
    while (std::optional<Batch> batch = loader.Next()) batches.push_back(*batch);
    EXPECT_FALSE(loader.Next());
    return batches;
  }

  static constexpr int kImages = 25;
  ImageSet set_{.count = kImages, .channels = 1, .height = 4, .width = 4, .classes = 10, .pixels = {}, .labels = {}};
  BatchAssembler assembler_{set_, {.mean = {0.0f}, .deviation = {1.0f}}, 6};
};

TEST_F(BatchLoaderTest, GivesEveryImageOnceInTheOrderAskedFor) {
  const std::vector<Batch> batches = All({.batch_size = 8, .seed = 3, .epoch = 2});
  ASSERT_EQ(batches.size(), 4u);
  EXPECT_EQ(batches[0].images.sizes(), (std::vector<int64_t>{8, 1, 6, 6}));
  EXPECT_EQ(batches[3].images.size(0), 1);
  const std::vector<uint32_t> order = EpochOrder(3, 2, kImages);
  std::vector<float> expected(36);
  for (size_t i = 0; i < order.size(); ++i) {
    const Batch& batch = batches[i / 8];
    EXPECT_EQ(batch.labels[static_cast<int64_t>(i % 8)].item<int64_t>(), order[i] % 10);
    assembler_.Assemble(order[i], {}, expected);
    const torch::Tensor image = batch.images[static_cast<int64_t>(i % 8)].flatten();
    EXPECT_TRUE(torch::equal(image, torch::from_blob(expected.data(), {36}))) << i;
  }
}

TEST_F(BatchLoaderTest, LeavesOutTheRestWhereAskedTo) {
  EXPECT_EQ(All({.batch_size = 8, .drop_last = true}).size(), 3u);
  EXPECT_EQ(All({.batch_size = 5, .drop_last = true}).size(), 5u);
  EXPECT_TRUE(All({.batch_size = 26, .drop_last = true}).empty());
}

TEST_F(BatchLoaderTest, RepeatsBitForBit) {
  const BatchLoaderOptions options{.batch_size = 4,
                                   .augment = true,
                                   .augmentation = {.crop_padding = 2, .flip = true},
                                   .seed = 5,
                                   .epoch = 1,
                                   .ahead = 1};
  BatchLoaderOptions far_ahead = options;
  far_ahead.ahead = 7;
  const std::vector<Batch> once = All(options), again = All(far_ahead);
  ASSERT_EQ(once.size(), again.size());
  for (size_t i = 0; i < once.size(); ++i) {
    EXPECT_TRUE(torch::equal(once[i].images, again[i].images)) << i;
    EXPECT_TRUE(torch::equal(once[i].labels, again[i].labels)) << i;
  }
}

TEST_F(BatchLoaderTest, GoesOnInTheMiddleWithTheSameBatches) {
  BatchLoaderOptions options{
      .batch_size = 4, .augment = true, .augmentation = {.crop_padding = 1, .flip = true}, .seed = 5, .epoch = 3};
  const std::vector<Batch> whole = All(options);
  options.first_batch = 3;
  const std::vector<Batch> rest = All(options);
  ASSERT_EQ(rest.size(), whole.size() - 3);
  for (size_t i = 0; i < rest.size(); ++i) {
    EXPECT_EQ(rest[i].index, static_cast<int64_t>(i) + 3);
    EXPECT_TRUE(torch::equal(rest[i].images, whole[i + 3].images)) << i;
  }
  options.first_batch = 100;
  EXPECT_TRUE(All(options).empty());
}

TEST_F(BatchLoaderTest, AugmentationOfAnImageDoesNotDependOnItsPlace) {
  const Augmentation augmentation{.crop_padding = 2, .flip = true};
  const std::vector<Batch> batches =
      All({.batch_size = 8, .augment = true, .augmentation = augmentation, .seed = 9, .epoch = 4});
  const std::vector<uint32_t> order = EpochOrder(9, 4, kImages);
  std::vector<float> expected(36);
  assembler_.Assemble(order[10], DrawCropAndFlip(augmentation, 9, 4, order[10]), expected);
  EXPECT_TRUE(torch::equal(batches[1].images[2].flatten(), torch::from_blob(expected.data(), {36})));
}

TEST_F(BatchLoaderTest, StopsWhenDroppedHalfWay) {
  BatchLoader loader(assembler_, set_.labels, EpochOrder(1, 1, kImages), {.batch_size = 2, .ahead = 1});
  EXPECT_TRUE(loader.Next());
}  // the destructor must not wait for batches that nobody takes

}  // namespace
}  // namespace winnow::worker
