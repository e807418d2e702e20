#include "worker/data/image_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/status_exception.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/worker/data/image_samples.h"
#include "worker/data/batch_loader.h"
#include "worker/data/batch_order.h"
#include "worker/data/load_data_set.h"

namespace winnow::worker {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ImageFolderTest : public ::testing::Test {
 protected:
  ImageFolderTest() {
    // Red, green and blue, one class each; a grey one among them.
    const std::vector<uint8_t> kColours[] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}};
    const char* const kNames[] = {"a-red", "b-green", "c-blue"};
    for (size_t c = 0; c < 3; ++c) {
      for (int i = 0; i < 4; ++i) {
        WriteImage(folder_ / ("train/" + std::string(kNames[c]) + "/" + std::to_string(i) + ".JPEG"),
                   JpegOf(20 + i, 30, kColours[c]));
      }
      WriteImage(folder_ / ("val/" + std::string(kNames[c]) + "/v.jpg"), JpegOf(40, 30, kColours[c]));
    }
    WriteImage(folder_ / "train/a-red/grey.jpeg", JpegOf(25, 25, {90}));
    WriteImage(folder_ / "train/a-red/notes.txt", "no image");
  }

  Result<ImageSet> Read(spec::ImageSplit split = spec::ImageSplit::kTrain, int64_t classes = 3) {
    return ReadImageFolder(folder_.path(), split, classes, 16);
  }

  winnow::testing::TempFolder folder_;
};

spec::Normalisation Plain() { return {.mean = {0, 0, 0}, .deviation = {1, 1, 1}}; }

TEST_F(ImageFolderTest, NumbersClassesByName) {
  const Result<ImageSet> train = Read(), test = Read(spec::ImageSplit::kTest);
  ASSERT_TRUE(train) << train.error().message();
  ASSERT_TRUE(test) << test.error().message();
  EXPECT_THAT(train->labels, ElementsAre(0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2));
  EXPECT_THAT(test->labels, ElementsAre(0, 1, 2));
  EXPECT_EQ(train->count, 13);
  EXPECT_EQ(train->files[4], folder_ / "train/a-red/grey.jpeg");
}

TEST_F(ImageFolderTest, GivesBatchesOfTheNetsSize) {
  const ImageSet set = Read(spec::ImageSplit::kTest).value();
  const BatchAssembler assembler(set, Plain(), 16);
  BatchLoader loader(assembler, set.labels, {2, 0, 1}, {.batch_size = 3});
  const std::optional<Batch> batch = loader.Next();
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->images.sizes(), (std::vector<int64_t>{3, 3, 16, 16}));
  EXPECT_THAT(std::vector<int64_t>(batch->labels.data_ptr<int64_t>(), batch->labels.data_ptr<int64_t>() + 3),
              ElementsAre(2, 0, 1));
  // Each is all of its class's colour.
  for (int64_t i = 0; i < 3; ++i) {
    const int64_t colour = batch->labels[i].item<int64_t>();
    EXPECT_GT(batch->images[i][colour].min().item<double>(), 0.98);
    EXPECT_LT(batch->images[i][(colour + 1) % 3].max().item<double>(), 0.02);
  }
}

// Images that are not of one colour, so that cuts and flips show.
TEST_F(ImageFolderTest, BatchesDoNotDependOnThreads) {
  std::vector<uint8_t> pixels(40 * 50 * 3);
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(i * 31 % 253);
  for (const char* name : {"train/a-red/0.JPEG", "train/b-green/1.JPEG"}) {
    WriteImage(folder_ / name, PngOf(40, 50, PNG_FORMAT_RGB, pixels.data()));
  }
  const ImageSet set = Read().value();
  const BatchAssembler assembler(set, Plain(), 16);
  const auto all = [&](int threads, uint32_t epoch) {
    BatchLoader loader(assembler, set.labels, EpochOrder(1, epoch, set.count),
                       {.batch_size = 5,
                        .augment = true,
                        .augmentation = {.flip = true, .least_area = 0.2},
                        .seed = 1,
                        .epoch = epoch,
                        .threads = threads});
    std::vector<torch::Tensor> batches;
    while (std::optional<Batch> batch = loader.Next()) batches.push_back(batch->images);
    return torch::cat(batches);
  };
  const torch::Tensor once = all(1, 1);
  EXPECT_EQ(once.size(0), 13);
  EXPECT_TRUE(torch::equal(once, all(4, 1)));
  EXPECT_FALSE(torch::equal(once, all(4, 2)));
}

TEST_F(ImageFolderTest, NamesUnreadableFilesAndCountsThem) {
  for (int i = 0; i < 7; ++i) WriteImage(folder_ / ("train/b-green/bad" + std::to_string(i) + ".png"), "no image");
  const Result<ImageSet> set = Read();
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code(), StatusCode::kDataLoss);
  EXPECT_THAT(set.error().message(),
              AllOf(HasSubstr("7 of 20 images cannot be read: " + (folder_ / "train/b-green/bad0.png").string() +
                              ": neither a JPEG nor a PNG"),
                    HasSubstr("and 2 more")));
}

// Its header is whole, so only decoding shows it.
TEST_F(ImageFolderTest, NamesAFileThatTurnsOutDamaged) {
  const std::string jpeg = JpegOf(64, 64, {200, 100, 50});
  WriteImage(folder_ / "val/b-green/v.jpg", jpeg.substr(0, jpeg.size() - 60));
  const ImageSet set = Read(spec::ImageSplit::kTest).value();
  const BatchAssembler assembler(set, Plain(), 16);
  BatchLoader loader(assembler, set.labels, {0, 1, 2}, {.batch_size = 3});
  try {
    loader.Next();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const StatusException& error) {
    EXPECT_EQ(error.status().code(), StatusCode::kDataLoss);
    EXPECT_THAT(error.status().message(), HasSubstr((folder_ / "val/b-green/v.jpg").string()));
  }
}

TEST_F(ImageFolderTest, RefusesAnotherNumberOfClasses) {
  const Result<ImageSet> set = Read(spec::ImageSplit::kTrain, 10);
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code(), StatusCode::kDataLoss);
  EXPECT_THAT(set.error().message(), HasSubstr("expected 10 classes (data.classes), found 3 folders: a-red to c-blue"));
}

TEST_F(ImageFolderTest, LoadsAsADataSetWithLimits) {
  const spec::DataSet data_set = spec::FindDataSet(spec::kImageFolder, 3, 16).value();
  const Result<ImageSet> part = LoadDataSet(data_set, folder_.path(), Split::kTrain, 6);
  ASSERT_TRUE(part) << part.error().message();
  ASSERT_EQ(part->count, 6);
  ASSERT_EQ(part->files.size(), 6u);
  const std::vector<uint32_t> chosen = TrainingSubset(13, 6);
  EXPECT_EQ(part->files[5], Read()->files[chosen[5]]);
  const Result<ImageSet> many = LoadDataSet(data_set, folder_.path(), Split::kTest, 4);
  ASSERT_FALSE(many);
  EXPECT_THAT(many.error().message(), HasSubstr("a limit of 4 images of image-folder is outside 0 (all) to 3"));
}

// Real photographs, where they are there.
TEST(ImagenetteSample, IsReadAsAWhole) {
  const char* shared = std::getenv("WINNOW_SHARED_DATA");
  if (shared == nullptr) GTEST_SKIP() << "set WINNOW_SHARED_DATA to the folder of shared data";
  const std::filesystem::path folder = std::filesystem::path(shared) / "imagenette-sample";
  const spec::DataSet data_set = spec::FindDataSet(spec::kImageFolder, 10).value();
  const Result<ImageSet> set = LoadDataSet(data_set, folder, Split::kTest, 0);
  ASSERT_TRUE(set) << set.error().message();
  EXPECT_EQ(set->count, 300);
  const BatchAssembler assembler(*set, spec::FindNormalisation("resnet-18", data_set), 224);
  BatchLoader loader(assembler, set->labels, TrainingSubset(300, 0), {.batch_size = 100, .threads = 2});
  int64_t images = 0;
  double sum = 0, squares = 0;
  while (const std::optional<Batch> batch = loader.Next()) {
    images += batch->images.size(0);
    sum += batch->images.mean().item<double>();
    squares += batch->images.square().mean().item<double>();
  }
  EXPECT_EQ(images, 300);
  // Normalised photographs: near 0 with a deviation near 1.
  EXPECT_NEAR(sum / 3, 0.0, 0.3);
  EXPECT_NEAR(squares / 3, 1.2, 0.4);
}

}  // namespace
}  // namespace winnow::worker
