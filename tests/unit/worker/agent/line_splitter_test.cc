#include "worker/agent/line_splitter.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace winnow::worker {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Split(LineSplitter& splitter, const std::vector<std::string>& pieces) {
  std::vector<std::string> lines;
  for (const std::string& piece : pieces) {
    splitter.Append(piece, [&](const std::string& line) { lines.push_back(line); });
  }
  return lines;
}

TEST(LineSplitter, JoinsPiecesAndSplitsLines) {
  LineSplitter splitter(100);
  EXPECT_THAT(Split(splitter, {"a", "b\nc\n", "\nd"}), ElementsAre("ab", "c", ""));
  EXPECT_EQ(splitter.unfinished(), "d");
}

TEST(LineSplitter, CutsTooLongLinesButGoesOnAfterThem) {
  LineSplitter splitter(3);
  EXPECT_THAT(Split(splitter, {"abc\nabcdef", "ghi\nxy\n"}), ElementsAre("abc", "abcd", "xy"));
  EXPECT_FALSE(splitter.too_long());
  EXPECT_THAT(Split(splitter, {"12", "3456"}), ElementsAre());
  EXPECT_TRUE(splitter.too_long());
  EXPECT_EQ(splitter.unfinished(), "1234");
}

}  // namespace
}  // namespace winnow::worker
