#include "spec/data_digest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/sha256.h"
#include "spec/data_set.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/worker/data/data_files.h"

namespace winnow::worker {
namespace {

TEST(DataDigest, IsTheHashOfSortedLines) {
  winnow::testing::TempFolder folder;
  WriteRaw(folder / "b", "two");
  WriteRaw(folder / "a", "one");
  const std::string text = Sha256Hex("one") + "  a\n" + Sha256Hex("two") + "  b\n";
  EXPECT_EQ(*spec::DataDigest(folder.path(), {"b", "a"}), Sha256Hex(text));
}

TEST(DataDigest, IsTheSameForPackedFiles) {
  winnow::testing::TempFolder plain, packed;
  WriteRaw(plain / "a", "content");
  WriteRaw(packed / "a.gz", Gzip("content"));
  EXPECT_EQ(*spec::DataDigest(plain.path(), {"a"}), *spec::DataDigest(packed.path(), {"a"}));
}

TEST(DataDigest, ChangesWithAnyByte) {
  winnow::testing::TempFolder folder;
  WriteRaw(folder / "a", "content");
  const std::string before = *spec::DataDigest(folder.path(), {"a"});
  WriteRaw(folder / "a", "contenu");
  EXPECT_NE(*spec::DataDigest(folder.path(), {"a"}), before);
}

TEST(DataDigest, NamesAMissingFile) {
  winnow::testing::TempFolder folder;
  const auto digest = spec::DataDigest(folder.path(), {"absent"});
  ASSERT_FALSE(digest);
  EXPECT_EQ(digest.error().code(), StatusCode::kNotFound);
  EXPECT_THAT(digest.error().message(), ::testing::HasSubstr("absent"));
}

// The catalogue's constant, against the files of Debian's package where they are installed.
TEST(DataDigest, OfFashionMnistIsTheCatalogues) {
  const std::filesystem::path folder = "/usr/share/datasets/fashion-mnist";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is not there; install dataset-fashion-mnist";
  const spec::DataSet set = *spec::FindDataSet("fashion-mnist");
  std::vector<std::string> names = set.train_files;
  names.insert(names.end(), set.test_files.begin(), set.test_files.end());
  EXPECT_EQ(*spec::DataDigest(folder, names), set.digest);
}

}  // namespace
}  // namespace winnow::worker
