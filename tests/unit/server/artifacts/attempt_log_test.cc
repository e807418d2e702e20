#include "server/artifacts/attempt_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>
#include <vector>

#include "tests/support/temp_folder.h"

namespace winnow::server {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kStage(64, 'a');

class AttemptLogTest : public ::testing::Test {
 protected:
  std::string All(int attempt) { return logs_->Read(kStage, attempt, 0, int64_t{1} << 30)->content; }

  testing::TempFolder folder_;
  std::unique_ptr<AttemptLogs> logs_ = *AttemptLogs::Open(folder_.path());
};

TEST_F(AttemptLogTest, PlacesBytesByOffsetOnce) {
  ASSERT_TRUE(logs_->Append(kStage, 1, 0, "hello ").ok());
  ASSERT_TRUE(logs_->Append(kStage, 1, 6, "world\n").ok());
  ASSERT_TRUE(logs_->Append(kStage, 1, 6, "world\n").ok()) << "a repeat";
  ASSERT_TRUE(logs_->Append(kStage, 1, 3, "lo world\nmore\n").ok()) << "a repeat that goes on";
  EXPECT_EQ(All(1), "hello world\nmore\n");
  ASSERT_TRUE(logs_->Append(kStage, 2, 0, "second").ok());
  EXPECT_EQ(All(2), "second");
  EXPECT_TRUE(std::filesystem::exists(folder_ / "logs" / kStage / "1.log"));
}

TEST_F(AttemptLogTest, FillsGapsToKeepOffsetsRight) {
  ASSERT_TRUE(logs_->Append(kStage, 1, 0, "begin").ok());
  ASSERT_TRUE(logs_->Append(kStage, 1, 205, "end").ok());
  const std::string all = All(1);
  EXPECT_EQ(all.size(), 208u);
  EXPECT_THAT(all, StartsWith("begin\n"));
  EXPECT_THAT(all, HasSubstr("lost on the way"));
  EXPECT_THAT(all, EndsWith("\nend"));
  ASSERT_TRUE(logs_->Append(kStage, 2, 3, "x").ok());
  EXPECT_EQ(All(2), "..\nx");
}

TEST_F(AttemptLogTest, ReadsRanges) {
  ASSERT_TRUE(logs_->Append(kStage, 1, 0, "0123456789").ok());
  const auto read = [&](int64_t offset, int64_t max) { return *logs_->Read(kStage, 1, offset, max); };
  EXPECT_EQ(read(2, 3).content, "234");
  EXPECT_EQ(read(2, 3).offset, 2);
  EXPECT_EQ(read(2, 3).size, 10);
  EXPECT_EQ(read(-4, 100).content, "6789");
  EXPECT_EQ(read(-4, 100).offset, 6);
  EXPECT_EQ(read(-100, 2).content, "01");
  EXPECT_EQ(read(50, 5).content, "");
  EXPECT_EQ(read(50, 5).offset, 10);
  EXPECT_EQ(logs_->Read(kStage, 2, 0, 1).error().code(), StatusCode::kNotFound);
  EXPECT_EQ(logs_->Read("../x", 1, 0, 1).error().code(), StatusCode::kInvalidArgument);
}

TEST_F(AttemptLogTest, GivesTheLastLines) {
  ASSERT_TRUE(logs_->Append(kStage, 1, 0, "one\ntwo\nthree\n").ok());
  const auto tail = [&](int lines, int64_t max) { return logs_->Tail(kStage, 1, lines, max)->content; };
  EXPECT_EQ(tail(1, 1000), "three\n");
  EXPECT_EQ(tail(2, 1000), "two\nthree\n");
  EXPECT_EQ(tail(9, 1000), "one\ntwo\nthree\n");
  EXPECT_EQ(tail(0, 1000), "");
  EXPECT_EQ(tail(2, 8), "o\nthree\n");
  EXPECT_EQ(logs_->Tail(kStage, 1, 1, 1000)->offset, 8);
  ASSERT_TRUE(logs_->Append(kStage, 1, 14, "unfinished").ok());
  EXPECT_EQ(tail(2, 1000), "three\nunfinished");
}

TEST_F(AttemptLogTest, StopsAtItsLargestSizeAndSaysSo) {
  const std::string piece(size_t{8} << 20, 'x');
  int64_t offset = 0;
  for (int i = 0; i < 9; ++i) {
    ASSERT_TRUE(logs_->Append(kStage, 1, offset, piece).ok());
    offset += static_cast<int64_t>(piece.size());
  }
  ASSERT_TRUE(logs_->Append(kStage, 1, offset, "after").ok());
  const LogPiece end = *logs_->Read(kStage, 1, -100, 100);
  EXPECT_EQ(end.size, AttemptLogs::kMaxLogBytes);
  EXPECT_THAT(end.content, EndsWith("[the log ends here: it reached its largest size of 64 MiB]\n"));
}

TEST_F(AttemptLogTest, RefusesWhatCannotBeMeant) {
  EXPECT_EQ(logs_->Append(kStage, 0, 0, "x").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(logs_->Append(kStage, 1, -1, "x").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(logs_->Append("../../x", 1, 0, "x").code(), StatusCode::kInvalidArgument);
}

TEST_F(AttemptLogTest, TakesRepeatsFromManyThreads) {
  std::string all;
  for (int i = 0; i < 1000; ++i) all += "line " + std::to_string(i) + "\n";
  std::vector<std::thread> threads;
  for (size_t t = 1; t <= 4; ++t) {
    threads.emplace_back([&, t] {
      // Each sends the whole in pieces of its own length.
      for (size_t at = 0; at < all.size(); at += 100 * t) {
        EXPECT_TRUE(logs_->Append(kStage, 1, static_cast<int64_t>(at), all.substr(at, 100 * t)).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(All(1), all);
}

TEST_F(AttemptLogTest, RemovesTheLogsOfAStage) {
  ASSERT_TRUE(logs_->Append(kStage, 1, 0, "x").ok());
  EXPECT_TRUE(logs_->Remove(kStage).ok());
  EXPECT_TRUE(logs_->Remove(kStage).ok());
  EXPECT_FALSE(logs_->Read(kStage, 1, 0, 1));
}

}  // namespace
}  // namespace winnow::server
