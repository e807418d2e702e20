#include "worker/data/cifar_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_folder.h"
#include "tests/unit/worker/data/data_files.h"

namespace winnow::worker {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(ReadCifar, ReadsTheFilesInOrder) {
  winnow::testing::TempFolder folder;
  WriteRaw(folder / "a", CifarContent(4));
  WriteRaw(folder / "b", CifarContent(4, 5));
  const Result<ImageSet> set = ReadCifar({folder / "a", folder / "b"}, {.records_per_file = 4});
  ASSERT_TRUE(set) << set.error().message();
  EXPECT_EQ(set->count, 8);
  EXPECT_THAT(set->labels, ::testing::ElementsAre(0, 1, 2, 3, 5, 6, 7, 8));
  EXPECT_EQ(set->image(5).size(), 3072u);
  EXPECT_EQ(set->image(5)[0], 1);
  EXPECT_EQ(set->image(5)[3071], 1);
}

TEST(ReadCifar, NamesFileExpectedAndFound) {
  winnow::testing::TempFolder folder;
  std::string bad_label = CifarContent(4);
  bad_label[3073 * 2] = 10;
  std::string bad_labels = bad_label;
  bad_labels[3073 * 3] = '\xff';
  const std::tuple<const char*, std::string, const char*> faults[] = {
      {"truncated", CifarContent(4).substr(0, 12000), "expected 12292 bytes"},
      {"one record more", CifarContent(5), "found 15365"},
      {"empty", "", "found 0 (truncated)"},
      {"label", bad_label, "found 10 (record 2, from 0); fetch"},
      {"labels", bad_labels, "found 10 (record 2, from 0) and 1 more that are too large"},
  };
  for (const auto& [name, content, says] : faults) {
    SCOPED_TRACE(name);
    WriteRaw(folder / "batch.bin", content);
    const Result<ImageSet> set = ReadCifar({folder / "batch.bin"}, {.records_per_file = 4});
    ASSERT_FALSE(set);
    EXPECT_EQ(set.error().code(), StatusCode::kDataLoss);
    EXPECT_THAT(set.error().message(), AllOf(HasSubstr((folder / "batch.bin").string()), HasSubstr(says)));
  }
}

// CIFAR-100's layout: of two label bytes the second counts.
TEST(ReadCifar, TakesTheFineLabel) {
  winnow::testing::TempFolder folder;
  std::string content;
  for (int r = 0; r < 3; ++r) {
    content += static_cast<char>(200 + r);  // coarse; not even looked at
    content += static_cast<char>(97 + r);
    content += std::string(3072, static_cast<char>(r));
  }
  WriteRaw(folder / "train.bin", content);
  const CifarLayout layout{.label_bytes = 2, .classes = 100, .records_per_file = 3};
  const Result<ImageSet> set = ReadCifar({folder / "train.bin"}, layout);
  ASSERT_TRUE(set) << set.error().message();
  EXPECT_THAT(set->labels, ::testing::ElementsAre(97, 98, 99));
  EXPECT_EQ(set->classes, 100);
  EXPECT_EQ(set->image(2)[0], 2);
  EXPECT_EQ(set->image(2)[3071], 2);

  content[3074 + 1] = 100;
  WriteRaw(folder / "train.bin", content);
  const Result<ImageSet> bad = ReadCifar({folder / "train.bin"}, layout);
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message(), HasSubstr("expected labels below 100, found 100 (record 1"));
}

TEST(ReadCifar, NamesAMissingFile) {
  winnow::testing::TempFolder folder;
  const Result<ImageSet> set = ReadCifar({folder / "absent.bin"}, {.records_per_file = 4});
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code(), StatusCode::kNotFound);
  EXPECT_THAT(set.error().message(), HasSubstr("absent.bin"));
}

}  // namespace
}  // namespace winnow::worker
