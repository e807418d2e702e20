#include "spec/packed_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_folder.h"
#include "tests/unit/worker/data/data_files.h"

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;

constexpr size_t kNoLimit = size_t{1} << 30;

class PackedFile : public ::testing::Test {
 protected:
  winnow::testing::TempFolder folder_;
};

TEST_F(PackedFile, ReadsPlainAndPackedAlike) {
  std::string content(1'000'000, 'x');
  for (size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * i >> 7);
  WriteRaw(folder_ / "plain", content);
  WriteRaw(folder_ / "packed.gz", Gzip(content));
  EXPECT_EQ(*spec::ReadPackedFile(folder_ / "plain", kNoLimit), content);
  EXPECT_EQ(*spec::ReadPackedFile(folder_ / "packed", kNoLimit), content);
}

TEST_F(PackedFile, PrefersThePlainOne) {
  WriteRaw(folder_ / "both", "plain");
  WriteRaw(folder_ / "both.gz", Gzip("packed"));
  EXPECT_EQ(*spec::ReadPackedFile(folder_ / "both", kNoLimit), "plain");
}

TEST_F(PackedFile, ReadsAllMembersAndEmptyOnes) {
  WriteRaw(folder_ / "two.gz", Gzip("one ") + Gzip("") + Gzip("two"));
  EXPECT_EQ(*spec::ReadPackedFile(folder_ / "two", kNoLimit), "one two");
  WriteRaw(folder_ / "empty.gz", Gzip(""));
  EXPECT_EQ(*spec::ReadPackedFile(folder_ / "empty", kNoLimit), "");
}

TEST_F(PackedFile, ReadsContentThatEndsWithAFullPiece) {
  const std::string content(size_t{1} << 18, 'a');  // the reader's piece
  WriteRaw(folder_ / "piece.gz", Gzip(content));
  EXPECT_EQ(spec::ReadPackedFile(folder_ / "piece", kNoLimit)->size(), content.size());
}

TEST_F(PackedFile, NamesBothFormsOfAMissingFile) {
  const auto content = spec::ReadPackedFile(folder_ / "none", kNoLimit);
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().code(), StatusCode::kNotFound);
  EXPECT_THAT(content.error().message(), HasSubstr((folder_ / "none.gz").string()));
}

TEST_F(PackedFile, RefusesDamage) {
  const std::string packed = Gzip("some content that is long enough to be cut somewhere");
  const std::pair<const char*, std::string> faults[] = {
      {"truncated", packed.substr(0, packed.size() - 3)},
      {"empty", ""},
      {"not gzip", "hello there, this is text"},
      {"damaged check sum", packed.substr(0, packed.size() - 8) + "XXXX" + packed.substr(packed.size() - 4)},
      {"garbage behind", packed + "garbage"}};
  for (const auto& [name, bytes] : faults) {
    SCOPED_TRACE(name);
    WriteRaw(folder_ / "bad.gz", bytes);
    const auto content = spec::ReadPackedFile(folder_ / "bad", kNoLimit);
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().code(), StatusCode::kDataLoss);
    EXPECT_THAT(content.error().message(), HasSubstr("bad.gz"));
  }
}

TEST_F(PackedFile, StopsAtTheLimit) {
  WriteRaw(folder_ / "bomb.gz", Gzip(std::string(1'000'000, '\0')));
  const auto content = spec::ReadPackedFile(folder_ / "bomb", 1000);
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().code(), StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace winnow::worker
