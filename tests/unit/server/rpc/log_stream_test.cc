// ReadStageLog over the API: from any offset, to the end of what is there or of the attempt.
#include <gmock/gmock.h>

#include <future>

#include "tests/unit/server/rpc/rpc_fixture.h"

namespace winnow::server {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

class LogStreamTest : public RpcFixture {
 protected:
  LogStreamTest() {
    EXPECT_TRUE(worker_.Register().ok());
    MustSubmit(*api_, SmallSpec("a"));
    NextAttempt();
  }

  void NextAttempt() {
    const std::optional<v1::Lease> lease = worker_.Acquire();
    EXPECT_TRUE(lease);
    if (!lease) return;
    lease_ = *lease;
    written_ = 0;
  }
  void Write(const std::string& text) {
    v1::ReportProgressRequest report;
    report.set_token(lease_.token());
    report.set_log_offset(written_);
    report.set_log_content(text);
    const auto reported = api_->Call(&WorkerStub::ReportProgress, report);
    EXPECT_TRUE(reported.ok()) << reported;
    written_ += static_cast<int64_t>(text.size());
  }
  void Succeed(const std::string& last_words = "") {
    v1::CompleteStageRequest success = worker_.Success(lease_);
    success.set_log_offset(written_);
    success.set_log_content(last_words);
    const auto done = worker_.Complete(success);
    EXPECT_TRUE(done.ok()) << done;
  }
  void FailForNow() {
    const auto done =
        api_->Call(&WorkerStub::CompleteStage, "request_id: '" + NewUuid() + "' token: '" + lease_.token() +
                                                   "' failure { code: 'INTERNAL' message: 'crash' retryable: true }");
    EXPECT_TRUE(done.ok()) << done;
    Advance(2s);  // the pause before another attempt
  }

  Stream<v1::ReadStageLogResponse> Open(const std::string& members = "") {
    return api_->Open(&StageStub::ReadStageLog, "name: '" + lease_.stage().name() + "' " + members);
  }
  // The whole stream, which must end well and be without a gap.
  std::string ReadAll(const std::string& members = "") {
    auto log = Open(members);
    std::string text;
    int64_t offset = -1;
    while (const auto piece = log.Next()) {
      EXPECT_TRUE(offset < 0 || piece->offset() == offset) << piece->offset() << " after " << offset;
      offset = piece->offset() + static_cast<int64_t>(piece->content().size());
      text += piece->content();
    }
    const Outcome end = log.Finish();
    EXPECT_TRUE(end.ok()) << end;
    return text;
  }

  ScriptedWorker worker_{api_.get(), "w"};
  v1::Lease lease_;
  int64_t written_ = 0;
};

TEST_F(LogStreamTest, FromAnyOffset) {
  EXPECT_EQ(ReadAll(), "") << "nothing yet";
  Write("epoch 1\n");
  Write("epoch 2\n");
  EXPECT_EQ(ReadAll(), "epoch 1\nepoch 2\n");
  EXPECT_EQ(ReadAll("offset: 6"), "1\nepoch 2\n");
  EXPECT_EQ(ReadAll("offset: -8"), "epoch 2\n");
  EXPECT_EQ(ReadAll("offset: -1000"), "epoch 1\nepoch 2\n");
  EXPECT_EQ(ReadAll("offset: 16"), "");
  EXPECT_EQ(ReadAll("offset: 1000"), "");
}

TEST_F(LogStreamTest, ALongOneComesInPieces) {
  std::string text;
  for (int i = 0; text.size() < size_t{600} << 10; ++i) text += "line " + std::to_string(i) + "\n";
  for (size_t at = 0; at < text.size(); at += 200000) Write(text.substr(at, 200000));
  EXPECT_TRUE(ReadAll() == text);
  EXPECT_TRUE(ReadAll("offset: -300000") == text.substr(text.size() - 300000));
}

TEST_F(LogStreamTest, FollowsUntilTheAttemptHasEnded) {
  Write("one\n");
  auto log = Open("follow: true");
  const auto first = log.Next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->content(), "one\n");
  EXPECT_EQ(first->attempt(), 1);
  Write("two\n");
  const auto second = log.Next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->content(), "two\n");
  EXPECT_EQ(second->offset(), 4);
  Succeed("three\n");
  std::string rest;
  for (const v1::ReadStageLogResponse& piece : log.All()) rest += piece.content();
  EXPECT_EQ(rest, "three\n");
  EXPECT_TRUE(log.Finish().ok());
}

TEST_F(LogStreamTest, FollowsFromTheEnd) {
  Write("long ago\n");
  auto log = Open("follow: true offset: -4");
  ASSERT_EQ(log.Next()->content(), "ago\n");
  Write("now\n");
  EXPECT_EQ(log.Next()->content(), "now\n");
}

TEST_F(LogStreamTest, FollowsALogThatHasNotBegun) {
  for (const char* offset : {"", "offset: -100"}) {
    auto log = Open(std::string("follow: true ") + offset);
    auto first = std::async(std::launch::async, [&] { return log.Next(); });
    Write("begun\n");
    EXPECT_THAT(first.get()->content(), HasSubstr("begun\n"));
  }
}

TEST_F(LogStreamTest, FollowsWhateverIsWrittenMeanwhile) {
  std::string text;
  auto followed = std::async(std::launch::async, [&] { return ReadAll("follow: true"); });
  for (int i = 0; i < 200; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    Write(line);
    text += line;
  }
  Succeed("end\n");
  EXPECT_EQ(followed.get(), text + "end\n");
}

TEST_F(LogStreamTest, OfAnEndedAttemptEndsByItself) {
  Write("done\n");
  Succeed();
  EXPECT_EQ(ReadAll("follow: true"), "done\n");
}

TEST_F(LogStreamTest, TheLatestAttemptOrAnyOther) {
  Write("first\n");
  FailForNow();
  NextAttempt();
  Write("second\n");
  EXPECT_EQ(ReadAll(), "second\n");
  EXPECT_EQ(ReadAll("attempt: 1"), "first\n");
  EXPECT_EQ(ReadAll("attempt: 2"), "second\n");
}

// The reader of attempt 1 is not carried over into attempt 2.
TEST_F(LogStreamTest, FollowingTheLatestStaysWithThatAttempt) {
  Write("first\n");
  auto log = Open("follow: true");
  ASSERT_EQ(log.Next()->content(), "first\n");
  FailForNow();
  NextAttempt();
  Write("second\n");
  EXPECT_TRUE(log.All().empty());
  EXPECT_TRUE(log.Finish().ok());
}

TEST_F(LogStreamTest, AnAttemptThatLoggedNothingReadsAsEmpty) {
  Succeed();
  EXPECT_EQ(ReadAll(), "");
  EXPECT_EQ(ReadAll("follow: true"), "");
}

TEST_F(LogStreamTest, ARemovedLogIsNotFound) {
  Write("bytes\n");
  Succeed();
  const std::string key = lease_.stage().name().substr(sizeof("stages/") - 1);
  ASSERT_TRUE(logs_->Remove(key).ok());
  auto log = Open();
  EXPECT_TRUE(log.All().empty());
  const Outcome end = log.Finish();
  EXPECT_TRUE(end.ok() || end.code == grpc::StatusCode::NOT_FOUND) << end;
}

TEST_F(LogStreamTest, AReaderThatHasGoneIsForgotten) {
  Write("one\n");
  auto log = Open("follow: true");
  ASSERT_TRUE(log.Next());
  log.Cancel();
  EXPECT_EQ(log.Finish().code, grpc::StatusCode::CANCELLED);
  Write("two\n");
  EXPECT_EQ(ReadAll(), "one\ntwo\n");
}

}  // namespace
}  // namespace winnow::server
