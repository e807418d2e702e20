#include "worker/agent/report_queue.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace winnow::worker {
namespace {

TEST(ReportQueue, KeepsTheLatestOfEach) {
  ReportQueue queue;
  EXPECT_TRUE(queue.empty());
  queue.Add(MeasurementLine{"loss", 1, 0.5});
  queue.Add(MeasurementLine{"loss", 1, 0.4});
  queue.Add(MeasurementLine{"loss", 2, 0.3});
  queue.Add(ProgressLine{1, 10, "epochs", ""});
  queue.Add(ProgressLine{2, 10, "epochs", ""});
  queue.log().Append("text");
  const v1::ReportProgressRequest batch = queue.MakeBatch("t");
  EXPECT_EQ(batch.token(), "t");
  ASSERT_EQ(batch.measurements_size(), 2);
  EXPECT_EQ(batch.measurements(0).value(), 0.4);
  EXPECT_EQ(batch.progress().done(), 2);
  EXPECT_EQ(batch.log_content(), "text");
  EXPECT_FALSE(batch.has_resume());
}

TEST(ReportQueue, SendsAgainWhatHasNotArrived) {
  testing::FakeClock clock;
  ReportQueue queue;
  queue.Add(MeasurementLine{"loss", 1, 0.5});
  queue.log().Append("ab");
  const v1::ReportProgressRequest lost = queue.MakeBatch("t");
  queue.Add(MeasurementLine{"loss", 1, 0.25});  // replaced while the batch is under way
  queue.log().Append("cd");
  const v1::ReportProgressRequest second = queue.MakeBatch("t");
  EXPECT_EQ(second.log_content(), "abcd");
  queue.Sent(lost, clock.Now());
  const v1::ReportProgressRequest rest = queue.MakeBatch("t");
  ASSERT_EQ(rest.measurements_size(), 1);
  EXPECT_EQ(rest.measurements(0).value(), 0.25);
  EXPECT_EQ(rest.log_offset(), 2);
  EXPECT_EQ(rest.log_content(), "cd");
  queue.Sent(rest, clock.Now());
  EXPECT_TRUE(queue.empty());
}

TEST(ReportQueue, SendsAtMostFourBatchesASecond) {
  testing::FakeClock clock;
  ReportQueue queue;
  queue.Add(MeasurementLine{"loss", 1, 0.5});
  EXPECT_LE(queue.DueAt(), clock.Now());
  queue.Sent(queue.MakeBatch("t"), clock.Now());
  queue.Add(MeasurementLine{"loss", 2, 0.5});
  EXPECT_EQ(queue.DueAt(), clock.Now() + std::chrono::milliseconds(250));
}

TEST(ReportQueue, BatchesAreBounded) {
  ReportQueue queue;
  for (int step = 0; step < 2500; ++step) queue.Add(MeasurementLine{"loss", step, 0.5});
  int batches = 0;
  for (; !queue.empty(); ++batches) {
    EXPECT_EQ(queue.FitsOneBatch(), batches == 2);
    queue.Sent(queue.MakeBatch("t"), SteadyTime());
  }
  EXPECT_EQ(batches, 3);
}

TEST(ReportQueue, AResumePointDoesNotFitTheLastMessage) {
  ReportQueue queue;
  v1::ResumePoint resume;
  resume.set_artifact("artifacts/x");
  resume.set_epoch(2);
  queue.AddResumePoint(resume);
  EXPECT_FALSE(queue.FitsOneBatch());
  const v1::ReportProgressRequest batch = queue.MakeBatch("t");
  EXPECT_EQ(batch.resume().epoch(), 2);
  queue.Sent(batch, SteadyTime());
  EXPECT_TRUE(queue.empty());
  queue.AddResumePoint(resume);
  queue.DropResumePoint();
  EXPECT_TRUE(queue.FitsOneBatch());
}

}  // namespace
}  // namespace winnow::worker
