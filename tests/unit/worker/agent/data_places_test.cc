#include "worker/agent/data_places.h"

#include <gmock/gmock.h>

#include <fstream>

#include "spec/data_digest.h"
#include "tests/support/temp_folder.h"

namespace winnow::worker {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DataPlacesTest : public ::testing::Test {
 protected:
  DataPlacesTest() {
    Write("reference/train", "images");
    Write("reference/test", "more images");
    spec::DataSet data_set{};
    data_set.name = "digits";
    data_set.train_files = {"train"};
    data_set.test_files = {"test"};
    data_set.folders = {"", "inner"};
    data_set.digest = *spec::DataDigest(folder_ / "reference", {"train", "test"});
    catalogue_ = {data_set};
  }
  void Write(const std::string& name, const std::string& content) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << content;
  }
  DataPlaces Find(const std::vector<std::string>& roots) {
    std::vector<fs::path> paths;
    for (const std::string& root : roots) paths.push_back(folder_ / root);
    warnings_.clear();
    return DataPlaces::Find(paths, catalogue_, warnings_);
  }

  testing::TempFolder folder_;
  std::vector<spec::DataSet> catalogue_;
  std::vector<std::string> warnings_;
};

TEST_F(DataPlacesTest, FindsADataSetInEachPlaceItMayLie) {
  for (const char* place : {"a/digits", "b", "c/digits/inner", "d/inner"}) {
    Write(std::string(place) + "/train", "images");
    Write(std::string(place) + "/test", "more images");
  }
  for (const char* root : {"a", "b", "c", "d"}) {
    const DataPlaces places = Find({root});
    ASSERT_EQ(places.found().size(), 1u) << root;
    EXPECT_EQ(places.found()[0].digest, catalogue_[0].digest);
    EXPECT_TRUE(fs::exists(places.found()[0].folder / "train"));
    EXPECT_THAT(warnings_, IsEmpty());
  }
  EXPECT_EQ(Find({"a", "b"}).found().size(), 1u);  // the same data twice is offered once
  EXPECT_EQ(*Find({"b", "a"}).Folder("digits", catalogue_[0].digest), folder_ / "b");
}

TEST_F(DataPlacesTest, OffersOtherDataUnderItsOwnDigestAndWarns) {
  Write("a/digits/train", "images!");
  Write("a/digits/test", "more images");
  const DataPlaces places = Find({"a"});
  ASSERT_EQ(places.found().size(), 1u);
  EXPECT_NE(places.found()[0].digest, catalogue_[0].digest);
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_THAT(warnings_[0], HasSubstr((folder_ / "a/digits").string()));
  EXPECT_THAT(warnings_[0], HasSubstr(places.found()[0].digest));
  EXPECT_THAT(warnings_[0], HasSubstr(catalogue_[0].digest));
  EXPECT_FALSE(places.Folder("digits", catalogue_[0].digest));
  EXPECT_TRUE(places.Folder("digits", places.found()[0].digest));
}

TEST_F(DataPlacesTest, NamesTheFilesOfAnIncompleteCopy) {
  Write("a/digits/train", "images");
  EXPECT_THAT(Find({"a"}).found(), IsEmpty());
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_THAT(warnings_[0], HasSubstr("without test"));
}

TEST_F(DataPlacesTest, ADamagedPackedFileIsNamed) {
  Write("a/digits/train", "images");
  Write("a/digits/test.gz", "this is not gzip");
  EXPECT_THAT(Find({"a"}).found(), IsEmpty());
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_THAT(warnings_[0], HasSubstr("test.gz"));
}

TEST_F(DataPlacesTest, FindsFoldersOfImagesWhateverTheyAreCalled) {
  for (const char* file : {"r/flowers/train/a/1.jpg", "r/flowers/val/a/2.jpg", "r/birds/train/a/3.jpg",
                           "r/birds/test/a/4.jpg", "alone/train/a/1.jpg", "alone/val/a/2.jpg", "r/notes/x.jpg"}) {
    Write(file, file);
  }
  const DataPlaces places = Find({"r", "alone"});
  EXPECT_THAT(warnings_, IsEmpty());
  ASSERT_EQ(places.found().size(), 3u);
  for (const FoundData& data : places.found()) EXPECT_EQ(data.name, "image-folder");
  EXPECT_EQ(places.found()[0].folder, folder_ / "r/birds");
  const std::string digest = *spec::DataDigest(folder_ / "r/flowers", {"train/a/1.jpg", "val/a/2.jpg"});
  EXPECT_EQ(*places.Folder("image-folder", digest), folder_ / "r/flowers");
}

TEST_F(DataPlacesTest, NamesAFolderOfImagesThatIsNotWhole) {
  Write("r/flowers/train/a/1.jpg", "x");
  Write("r/flowers/val/b/2.jpg", "y");
  EXPECT_THAT(Find({"r"}).found(), IsEmpty());
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_THAT(warnings_[0], HasSubstr("classes that " + (folder_ / "r/flowers/train").string() + " has not"));
}

TEST_F(DataPlacesTest, NothingThereIsNoWarning) {
  EXPECT_THAT(Find({"nowhere"}).found(), IsEmpty());
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST(DataPlacesCatalogue, FashionMnistOfThisMachine) {
  if (!fs::exists("/usr/share/datasets/fashion-mnist")) GTEST_SKIP() << "no dataset-fashion-mnist here";
  std::vector<std::string> warnings;
  const DataPlaces places = DataPlaces::Find({"/usr/share/datasets"}, spec::DataSets(), warnings);
  EXPECT_THAT(warnings, IsEmpty());
  EXPECT_TRUE(places.Folder("fashion-mnist", spec::FindDataSet("fashion-mnist")->digest));
}

}  // namespace
}  // namespace winnow::worker
