#include "worker/data/cifar10_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_folder.h"
#include "tests/unit/worker/data/data_files.h"

namespace winnow::worker {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(ReadCifar10, ReadsTheFilesInOrder) {
  winnow::testing::TempFolder folder;
  WriteRaw(folder / "a", CifarContent(4));
  WriteRaw(folder / "b", CifarContent(4, 5));
  const Result<ImageSet> set = ReadCifar10({folder / "a", folder / "b"}, 4);
  ASSERT_TRUE(set) << set.error().message();
  EXPECT_EQ(set->count, 8);
  EXPECT_THAT(set->labels, ::testing::ElementsAre(0, 1, 2, 3, 5, 6, 7, 8));
  EXPECT_EQ(set->image(5).size(), 3072u);
  EXPECT_EQ(set->image(5)[0], 1);
  EXPECT_EQ(set->image(5)[3071], 1);
}

TEST(ReadCifar10, NamesFileExpectedAndFound) {
  winnow::testing::TempFolder folder;
  std::string bad_label = CifarContent(4);
  bad_label[3073 * 2] = 10;
  const std::tuple<const char*, std::string, const char*> faults[] = {
      {"truncated", CifarContent(4).substr(0, 12000), "expected 12292 bytes"},
      {"one record more", CifarContent(5), "found 15365"},
      {"empty", "", "found 0 (truncated)"},
      {"label", bad_label, "found 10 (record 2"},
  };
  for (const auto& [name, content, says] : faults) {
    SCOPED_TRACE(name);
    WriteRaw(folder / "batch.bin", content);
    const Result<ImageSet> set = ReadCifar10({folder / "batch.bin"}, 4);
    ASSERT_FALSE(set);
    EXPECT_EQ(set.error().code(), StatusCode::kDataLoss);
    EXPECT_THAT(set.error().message(), AllOf(HasSubstr((folder / "batch.bin").string()), HasSubstr(says)));
  }
}

TEST(ReadCifar10, NamesAMissingFile) {
  winnow::testing::TempFolder folder;
  const Result<ImageSet> set = ReadCifar10({folder / "absent.bin"}, 4);
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code(), StatusCode::kNotFound);
  EXPECT_THAT(set.error().message(), HasSubstr("absent.bin"));
}

}  // namespace
}  // namespace winnow::worker
