// WatchSweep and ReadStageLog over streams that break.
#include <set>

#include "client/lib/client.h"
#include "scripted_stubs.h"

namespace winnow::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::_;
using ::testing::ElementsAre;

v1::WatchSweepResponse Change(int64_t revision, v1::SweepState state = v1::SWEEP_STATE_RUNNING) {
  v1::WatchSweepResponse message;
  message.set_revision(revision);
  message.mutable_sweep()->set_state(state);
  return message;
}

v1::ReadStageLogResponse Bytes(int64_t offset, const std::string& content) {
  v1::ReadStageLogResponse message;
  message.set_attempt(2);
  message.set_offset(offset);
  message.set_content(content);
  return message;
}

class ClientStreamsTest : public ScriptedStubsTest {
 protected:
  using Watch = ScriptedReader<v1::WatchSweepResponse>;
  using Log = ScriptedReader<v1::ReadStageLogResponse>;

  // Answers the n-th WatchSweep with the n-th of these streams.
  void Script(std::vector<Watch*> streams) {
    auto next = std::make_shared<size_t>(0);
    EXPECT_CALL(*sweeps_, WatchSweepRaw(_, _))
        .Times(static_cast<int>(streams.size()))
        .WillRepeatedly([this, streams, next](auto*, const v1::WatchSweepRequest& request) {
          watch_requests_.push_back(request);
          return streams[(*next)++];
        });
  }
  Client MakeClient() { return Client(connection_.get(), {seconds(1), patience_, nullptr}); }
  Status WatchAll() {
    return MakeClient().WatchSweep(
        "sweeps/x", milliseconds(250),
        [this](const v1::WatchSweepResponse& message) {
          revisions_.push_back(message.revision());
          return !stop_at_.contains(message.revision());
        },
        nullptr);
  }

  Duration patience_ = seconds(30);
  std::vector<v1::WatchSweepRequest> watch_requests_;
  std::vector<int64_t> revisions_;
  std::set<int64_t> stop_at_;
};

TEST_F(ClientStreamsTest, WatchesToTheFinalState) {
  Script({new Watch({Change(3), Change(5), Change(7, v1::SWEEP_STATE_SUCCEEDED)}, grpc::Status::OK)});
  EXPECT_TRUE(WatchAll().ok());
  EXPECT_THAT(revisions_, ElementsAre(3, 5, 7));
  EXPECT_EQ(watch_requests_[0].name(), "sweeps/x");
  EXPECT_EQ(watch_requests_[0].after_revision(), 0);
  EXPECT_EQ(watch_requests_[0].min_interval().nanos(), 250'000'000);
}

TEST_F(ClientStreamsTest, GoesOnAfterTheLastRevisionWhenTheConnectionBreaks) {
  Script({new Watch({Change(3), Change(5)}, Gone()), new Watch({}, Gone()), new Watch({Change(6)}, grpc::Status::OK),
          new Watch({Change(7, v1::SWEEP_STATE_FAILED)}, grpc::Status::OK)});
  EXPECT_TRUE(WatchAll().ok());
  EXPECT_THAT(revisions_, ElementsAre(3, 5, 6, 7));
  EXPECT_EQ(watch_requests_[1].after_revision(), 5);
  EXPECT_EQ(watch_requests_[2].after_revision(), 5);
  EXPECT_EQ(watch_requests_[3].after_revision(), 6);
}

TEST_F(ClientStreamsTest, GoesOnWhenAStoppingCoordinatorEndsTheStream) {
  Script({new Watch({Change(3)}, grpc::Status(grpc::StatusCode::CANCELLED, "Cancelled")),
          new Watch({Change(7, v1::SWEEP_STATE_SUCCEEDED)}, grpc::Status::OK)});
  EXPECT_TRUE(WatchAll().ok());
  EXPECT_THAT(revisions_, ElementsAre(3, 7));
}

TEST_F(ClientStreamsTest, EndsWhenTheTakerHasEnough) {
  stop_at_ = {5};
  Script({new Watch({Change(3), Change(5), Change(6)}, grpc::Status::CANCELLED)});
  EXPECT_TRUE(WatchAll().ok());
  EXPECT_THAT(revisions_, ElementsAre(3, 5));
}

TEST_F(ClientStreamsTest, GivesUpWhenNothingComesForItsPatience) {
  patience_ = milliseconds(400);
  Script({new Watch({Change(3)}, Gone()), new Watch({}, Gone()), new Watch({}, Gone())});
  const Status status = WatchAll();
  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_EQ(status.message(), "tried unix:/scripted: gone");
}

TEST_F(ClientStreamsTest, OtherErrorsEndTheWatch) {
  Script({new Watch({}, grpc::Status(grpc::StatusCode::NOT_FOUND, "no sweeps/x"))});
  EXPECT_EQ(WatchAll(), NotFound("no sweeps/x"));
}

TEST_F(ClientStreamsTest, ReadsALogWithoutGapOrRepeat) {
  std::vector<v1::ReadStageLogRequest> requests;
  std::vector<Log*> streams = {new Log({Bytes(90, "abc"), Bytes(93, "de")}, Gone()),
                               new Log({Bytes(95, "f")}, grpc::Status::OK)};
  EXPECT_CALL(*stages_, ReadStageLogRaw(_, _)).Times(2).WillRepeatedly([&](auto*, const auto& request) {
    requests.push_back(request);
    return streams[requests.size() - 1];
  });
  std::string text;
  const Status status = MakeClient().ReadStageLog(
      "stages/k", 0, -10, true,
      [&](const v1::ReadStageLogResponse& message) {
        text += message.content();
        return true;
      },
      nullptr);
  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(text, "abcdef");
  EXPECT_EQ(requests[0].offset(), -10);
  EXPECT_EQ(requests[0].attempt(), 0);
  EXPECT_TRUE(requests[1].follow());
  EXPECT_EQ(requests[1].offset(), 95);
  EXPECT_EQ(requests[1].attempt(), 2);
}

}  // namespace
}  // namespace winnow::client
