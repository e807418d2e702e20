#include "worker/agent/attempt_log.h"

#include <gmock/gmock.h>

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;

TEST(AttemptLog, HandsOutBytesByOffsetUntilTheyAreSent) {
  AttemptLog log;
  EXPECT_EQ(log.Batch(), "");
  log.Append("abc");
  EXPECT_EQ(log.Batch(), "abc");
  log.Append("def");
  log.MarkSent(3);
  EXPECT_EQ(log.batch_offset(), 3);
  EXPECT_EQ(log.Batch(), "def");
  EXPECT_EQ(log.pending_bytes(), 3u);
}

TEST(AttemptLog, PutsLinesOnLinesOfTheirOwn) {
  AttemptLog log;
  log.AppendLine("one");
  log.Append("half");
  log.AppendLine("two");
  EXPECT_EQ(log.Batch(), "one\nhalf\ntwo\n");
}

TEST(AttemptLog, CutsBatches) {
  AttemptLog log;
  log.Append(std::string(AttemptLog::kMaxBatchBytes + 10, 'x'));
  EXPECT_EQ(log.Batch().size(), AttemptLog::kMaxBatchBytes);
  log.MarkSent(AttemptLog::kMaxBatchBytes);
  EXPECT_EQ(log.Batch().size(), 10u);
}

TEST(AttemptLog, LeavesOutWhatIsTooMuchAndSaysSo) {
  AttemptLog log;
  log.Append(std::string(AttemptLog::kMaxPendingBytes, 'x'));
  log.Append("lost");
  EXPECT_EQ(log.pending_bytes(), AttemptLog::kMaxPendingBytes);
  log.MarkSent(AttemptLog::kMaxPendingBytes);
  log.Append("later\n");
  EXPECT_EQ(log.Batch(), "\n[4 bytes of this log were left out here]\nlater\n");
}

TEST(AttemptLog, KeepsTheLastLines) {
  AttemptLog log;
  EXPECT_EQ(log.LastLines(3), "");
  for (int i = 1; i <= 5; ++i) log.AppendLine("line " + std::to_string(i));
  EXPECT_EQ(log.LastLines(2), "line 4\nline 5");
  EXPECT_EQ(log.LastLines(100), "line 1\nline 2\nline 3\nline 4\nline 5");
  log.Append("unfinished");
  EXPECT_EQ(log.LastLines(2), "line 5\nunfinished");
}

TEST(AttemptLog, LastLinesAreBounded) {
  AttemptLog log;
  for (int i = 0; i < 100; ++i) log.Append(std::string(10000, 'x'));
  log.AppendLine("end");
  const std::string last = log.LastLines(1000);
  EXPECT_LE(last.size(), 16u << 10);
  EXPECT_THAT(last, HasSubstr("x\nend"));
}

}  // namespace
}  // namespace winnow::worker
