#include "spec/image_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temp_folder.h"

namespace winnow::spec {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ImageFilesTest : public ::testing::Test {
 protected:
  // Nothing is looked into, so any content does.
  void Touch(const std::string& path) {
    std::filesystem::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << "x";
  }
  void Whole() {
    for (const char* path : {"train/b/2.JPEG", "train/b/1.png", "train/a/x.jpg", "val/a/v.Jpeg", "val/b/v.jpg"})
      Touch(path);
  }
  Result<ImageFolderFiles> List() { return ListImageFolder(folder_.path()); }
  void ExpectFault(StatusCode code, const std::string& says) {
    const Result<ImageFolderFiles> files = List();
    ASSERT_FALSE(files);
    EXPECT_EQ(files.error().code(), code);
    EXPECT_THAT(files.error().message(), HasSubstr(says));
  }

  winnow::testing::TempFolder folder_;
};

TEST_F(ImageFilesTest, ListsFilesByPath) {
  Whole();
  Touch("train/b/notes.txt");
  Touch("train/b/.hidden.jpg");
  Touch("train/.cache/1.jpg");
  const Result<ImageFolderFiles> files = List();
  ASSERT_TRUE(files) << files.error().message();
  EXPECT_THAT(files->classes, ElementsAre("a", "b"));
  EXPECT_THAT(AllPaths(*files),
              ElementsAre("train/a/x.jpg", "train/b/1.png", "train/b/2.JPEG", "val/a/v.Jpeg", "val/b/v.jpg"));
  EXPECT_EQ(files->train[2].label, 1);
  EXPECT_EQ(files->test[0].label, 0);
  EXPECT_TRUE(IsImageFolder(folder_.path()));
}

TEST_F(ImageFilesTest, TakesTestForVal) {
  Whole();
  std::filesystem::rename(folder_ / "val", folder_ / "test");
  EXPECT_EQ(List()->test[0].path, "test/a/v.Jpeg");
}

TEST_F(ImageFilesTest, NamesWhatTheLayoutLacks) {
  EXPECT_FALSE(IsImageFolder(folder_.path()));
  ExpectFault(StatusCode::kNotFound, "has no val or test folder");
  Touch("val/a/1.jpg");
  ExpectFault(StatusCode::kNotFound, "has no train folder");
  Touch("train/1.jpg");
  ExpectFault(StatusCode::kDataLoss, "train holds no folders; a folder of images has train/CLASS/FILE");
}

TEST_F(ImageFilesTest, NamesClassesThatAreWrongAndCountsThem) {
  Whole();
  Touch("val/c/1.jpg");
  Touch("val/d/1.jpg");
  ExpectFault(StatusCode::kDataLoss, "val/c and 1 more");
  std::filesystem::create_directories(folder_ / "train/c");
  ExpectFault(StatusCode::kDataLoss,
              "classes without images (*.jpg, *.jpeg, *.png): " + (folder_ / "train/c").string());
}

TEST_F(ImageFilesTest, RefusesATestFolderWithoutImages) {
  Touch("train/a/1.jpg");
  std::filesystem::create_directories(folder_ / "val/a");
  ExpectFault(StatusCode::kDataLoss, "val holds no images");
}

}  // namespace
}  // namespace winnow::spec
