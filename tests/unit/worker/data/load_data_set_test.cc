#include "worker/data/load_data_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_folder.h"
#include "tests/unit/worker/data/data_files.h"
#include "worker/data/batch_order.h"

namespace winnow::worker {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

spec::DataSet TinyIdx() {
  spec::DataSet set = *spec::FindDataSet("fashion-mnist");
  set.train_images = 20;
  set.test_images = 8;
  set.file_height = 3;
  set.file_width = 4;
  return set;
}

class LoadDataSetTest : public ::testing::Test {
 protected:
  void WriteTiny(const spec::DataSet& set) {
    WriteRaw(folder_ / set.train_files[0], IdxContent({20, 3, 4}, 256));
    WriteRaw(folder_ / set.train_files[1], IdxContent({20}, 10));
    WriteRaw(folder_ / set.test_files[0], IdxContent({8, 3, 4}, 256));
    WriteRaw(folder_ / set.test_files[1], IdxContent({8}, 10));
  }

  winnow::testing::TempFolder folder_;
};

TEST_F(LoadDataSetTest, TakesTheFirstOfThePermutationForTraining) {
  const spec::DataSet tiny = TinyIdx();
  WriteTiny(tiny);
  const Result<ImageSet> all = LoadDataSet(tiny, folder_.path(), Split::kTrain, 0);
  const Result<ImageSet> part = LoadDataSet(tiny, folder_.path(), Split::kTrain, 6);
  ASSERT_TRUE(all) << all.error().message();
  ASSERT_TRUE(part) << part.error().message();
  EXPECT_EQ(all->count, 20);
  ASSERT_EQ(part->count, 6);
  const std::vector<uint32_t> chosen = TrainingSubset(20, 6);
  for (int64_t i = 0; i < 6; ++i) {
    const auto from = static_cast<int64_t>(chosen[static_cast<size_t>(i)]);
    EXPECT_EQ(part->labels[static_cast<size_t>(i)], all->labels[static_cast<size_t>(from)]);
    EXPECT_THAT(part->image(i), ::testing::ElementsAreArray(all->image(from)));
  }
}

TEST_F(LoadDataSetTest, TakesTheFirstOfTheFileForTesting) {
  const spec::DataSet tiny = TinyIdx();
  WriteTiny(tiny);
  const Result<ImageSet> part = LoadDataSet(tiny, folder_.path(), Split::kTest, 3);
  ASSERT_TRUE(part) << part.error().message();
  EXPECT_THAT(part->labels, ::testing::ElementsAre(0, 1, 2));
}

TEST_F(LoadDataSetTest, LooksIntoTheFoldersOfTheCatalogue) {
  spec::DataSet cifar = *spec::FindDataSet("cifar-10");
  cifar.test_images = 3;
  std::filesystem::create_directory(folder_ / "cifar-10-batches-bin");
  WriteRaw(folder_ / "cifar-10-batches-bin/test_batch.bin", CifarContent(3));
  const Result<ImageSet> set = LoadDataSet(cifar, folder_.path(), Split::kTest, 0);
  ASSERT_TRUE(set) << set.error().message();
  EXPECT_EQ(set->count, 3);
}

TEST_F(LoadDataSetTest, NamesWhatIsMissingAndWhere) {
  const spec::DataSet tiny = TinyIdx();
  WriteTiny(tiny);
  std::filesystem::remove(folder_ / tiny.train_files[1]);
  const Result<ImageSet> set = LoadDataSet(tiny, folder_.path(), Split::kTrain, 0);
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code(), StatusCode::kNotFound);
  EXPECT_THAT(set.error().message(),
              AllOf(HasSubstr(folder_.path().string()), HasSubstr(tiny.train_files[1]), HasSubstr("--data-root")));
  EXPECT_THAT(set.error().message(), ::testing::Not(HasSubstr(tiny.train_files[0])));
}

TEST_F(LoadDataSetTest, RefusesAnotherSizeThanTheCatalogues) {
  spec::DataSet tiny = TinyIdx();
  WriteTiny(tiny);
  tiny.file_width = 5;
  const Result<ImageSet> set = LoadDataSet(tiny, folder_.path(), Split::kTrain, 0);
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code(), StatusCode::kDataLoss);
  EXPECT_THAT(set.error().message(),
              AllOf(HasSubstr("expected 20 images of 1x3x5"), HasSubstr("found 20 images of 1x3x4")));
}

TEST_F(LoadDataSetTest, RefusesLimitsOutOfRange) {
  const spec::DataSet tiny = TinyIdx();
  WriteTiny(tiny);
  for (const int64_t limit : {-1, 21}) {
    const Result<ImageSet> set = LoadDataSet(tiny, folder_.path(), Split::kTrain, limit);
    ASSERT_FALSE(set);
    EXPECT_EQ(set.error().code(), StatusCode::kInvalidArgument);
  }
}

TEST(LoadFashionMnist, ReadsDebiansFiles) {
  const std::filesystem::path folder = "/usr/share/datasets/fashion-mnist";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is not there; install dataset-fashion-mnist";
  const Result<ImageSet> set = LoadDataSet(*spec::FindDataSet("fashion-mnist"), folder, Split::kTest, 0);
  ASSERT_TRUE(set) << set.error().message();
  EXPECT_EQ(set->count, 10000);
  std::vector<int> of_class(10, 0);
  for (const uint8_t label : set->labels) ++of_class[label];
  EXPECT_THAT(of_class, ::testing::Each(1000));
}

TEST_F(LoadDataSetTest, HoldsImagesOut) {
  const spec::DataSet tiny = TinyIdx();
  WriteTiny(tiny);
  const Result<ImageSet> all = LoadDataSet(tiny, folder_.path(), Split::kTrain, 0);
  const Result<ImageSet> trained = LoadDataSet(tiny, folder_.path(), Split::kTrain, 0, 5);
  const Result<ImageSet> held_out = LoadDataSet(tiny, folder_.path(), Split::kHeldOut, 7, 5);
  ASSERT_TRUE(all) << all.error().message();
  ASSERT_TRUE(trained) << trained.error().message();
  ASSERT_TRUE(held_out) << held_out.error().message();
  EXPECT_EQ(trained->count, 15);
  ASSERT_EQ(held_out->count, 5);
  const std::vector<uint32_t> chosen = HeldOutSubset(20, 5);
  for (int64_t i = 0; i < 5; ++i) {
    const auto from = static_cast<int64_t>(chosen[static_cast<size_t>(i)]);
    EXPECT_EQ(held_out->labels[static_cast<size_t>(i)], all->labels[static_cast<size_t>(from)]);
    EXPECT_THAT(held_out->image(i), ::testing::ElementsAreArray(all->image(from)));
  }
}

TEST_F(LoadDataSetTest, RefusesToHoldOutWhatIsTrainedOn) {
  const spec::DataSet tiny = TinyIdx();
  WriteTiny(tiny);
  for (const auto& [limit, held_out] : {std::pair{0, 20}, {16, 5}, {0, -1}}) {
    const Result<ImageSet> set = LoadDataSet(tiny, folder_.path(), Split::kTrain, limit, held_out);
    ASSERT_FALSE(set) << limit << " " << held_out;
    EXPECT_EQ(set.error().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(set.error().message(), ::testing::HasSubstr("held-out images"));
  }
}

}  // namespace
}  // namespace winnow::worker
