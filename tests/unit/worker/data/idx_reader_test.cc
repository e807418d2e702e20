#include "worker/data/idx_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_folder.h"
#include "tests/unit/worker/data/data_files.h"

namespace winnow::worker {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ReadIdxTest : public ::testing::Test {
 protected:
  void Write(const std::string& images, const std::string& labels) {
    WriteRaw(folder_ / "images", images);
    WriteRaw(folder_ / "labels", labels);
  }
  Result<ImageSet> Read() { return ReadIdx(folder_ / "images", folder_ / "labels", 10); }

  winnow::testing::TempFolder folder_;
};

TEST_F(ReadIdxTest, ReadsImagesAndLabels) {
  Write(IdxContent({12, 4, 5}, 256), IdxContent({12}, 10));
  const Result<ImageSet> set = Read();
  ASSERT_TRUE(set) << set.error().message();
  EXPECT_EQ(set->count, 12);
  EXPECT_EQ(set->channels, 1);
  EXPECT_EQ(set->height, 4);
  EXPECT_EQ(set->width, 5);
  EXPECT_EQ(set->image(2)[0], 40);
  EXPECT_EQ(set->labels[11], 1);
}

TEST_F(ReadIdxTest, ReadsPackedFiles) {
  WriteRaw(folder_ / "images.gz", Gzip(IdxContent({3, 2, 2}, 256)));
  WriteRaw(folder_ / "labels.gz", Gzip(IdxContent({3}, 10)));
  const Result<ImageSet> set = Read();
  ASSERT_TRUE(set) << set.error().message();
  EXPECT_EQ(set->image(2)[3], 11);
}

struct Fault {
  const char* name;
  std::string images, labels;
  const char* file;      // that the message names
  const char* expected;  // that the message says
  const char* found;
};

TEST_F(ReadIdxTest, NamesFileExpectedAndFound) {
  const std::string images = IdxContent({3, 2, 2}, 256), labels = IdxContent({3}, 10);
  std::string bad_label = labels;
  bad_label.back() = 10;
  const Fault faults[] = {
      {"empty", "", labels, "images", "IDX header", "0 bytes"},
      {"labels in place of images", labels, labels, "images", "0x00000803", "0x00000801"},
      {"images in place of labels", images, images, "labels", "0x00000801", "0x00000803"},
      {"text", "<!DOCTYPE html>", labels, "images", "0x00000803", "0x3c21444f"},
      {"cut in the header", images.substr(0, 9), labels, "images", "header of 16 bytes", "9 bytes"},
      {"cut in the content", images.substr(0, images.size() - 1), labels, "images", "28 bytes", "27 (truncated)"},
      {"too long", images + "x", labels, "images", "28 bytes", "29"},
      {"absurd dimensions", BigEndian(0x803) + std::string(12, '\xff'), labels, "images", "4 GiB",
       "dimensions that ask for more"},
      {"counts differ", images, IdxContent({4}, 10), "labels", "3 labels", "4"},
      {"label out of range", images, bad_label, "labels", "labels below 10", "10 (label 2"},
  };
  for (const Fault& fault : faults) {
    SCOPED_TRACE(fault.name);
    Write(fault.images, fault.labels);
    const Result<ImageSet> set = Read();
    ASSERT_FALSE(set);
    EXPECT_EQ(set.error().code(), StatusCode::kDataLoss);
    EXPECT_THAT(set.error().message(), AllOf(HasSubstr((folder_ / fault.file).string()), HasSubstr(fault.expected),
                                             HasSubstr(std::string("found ") + fault.found)));
  }
}

TEST_F(ReadIdxTest, NamesAMissingFile) {
  WriteRaw(folder_ / "images", IdxContent({3, 2, 2}, 256));
  const Result<ImageSet> set = Read();
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code(), StatusCode::kNotFound);
  EXPECT_THAT(set.error().message(), HasSubstr((folder_ / "labels").string()));
}

}  // namespace
}  // namespace winnow::worker
