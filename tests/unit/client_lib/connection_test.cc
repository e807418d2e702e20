#include "client/lib/connection.h"

#include "scripted_stubs.h"
#include "tests/support/fake_coordinator.h"
#include "tests/support/temp_folder.h"

namespace winnow::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::_;
using ::testing::DoAll;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Return;
using ::testing::SetArgPointee;

v1::GetServerResponse Version(int api) {
  v1::GetServerResponse response;
  response.mutable_server()->set_api_version(api);
  response.mutable_server()->set_version("0.9.0");
  return response;
}

class ConnectionTest : public ScriptedStubsTest {
 protected:
  Result<v1::GetServerResponse> Call(const CallPolicy& policy) {
    return connection_->Call(*connection_->stubs().server, &v1::ServerService::StubInterface::GetServer,
                             v1::GetServerRequest(), policy);
  }
};

TEST_F(ConnectionTest, RepeatsWhileTheCoordinatorIsAway) {
  EXPECT_CALL(*server_, GetServer(_, _, _))
      .WillOnce(Return(Gone()))
      .WillOnce(Return(Gone()))
      .WillOnce(Return(Gone()))
      .WillOnce(DoAll(SetArgPointee<2>(Version(1)), Return(grpc::Status::OK)));
  EXPECT_TRUE(Call({seconds(1), seconds(30), nullptr}));
  EXPECT_THAT(clock_.pauses, ElementsAre(milliseconds(100), milliseconds(200), milliseconds(400)));
}

// A call that reaches a server in the midst of its shutdown ends so.
TEST_F(ConnectionTest, RepeatsWhatAStoppingServerCancelled) {
  Cancellation cancellation(&clock_);
  for (Cancellation* of_the_call : {static_cast<Cancellation*>(nullptr), &cancellation}) {
    EXPECT_CALL(*server_, GetServer(_, _, _))
        .WillOnce(Return(grpc::Status(grpc::StatusCode::CANCELLED, "Cancelled")))
        .WillOnce(DoAll(SetArgPointee<2>(Version(1)), Return(grpc::Status::OK)));
    EXPECT_TRUE(Call({seconds(1), seconds(30), of_the_call}));
  }
}

TEST_F(ConnectionTest, GivesUpWhenThePatienceIsOver) {
  EXPECT_CALL(*server_, GetServer(_, _, _)).Times(4).WillRepeatedly(Return(Gone()));
  const auto answer = Call({seconds(1), seconds(1), nullptr});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), StatusCode::kUnavailable);
  EXPECT_EQ(answer.error().message(), "tried unix:/scripted: gone");
}

TEST_F(ConnectionTest, RepeatsNoOtherError) {
  EXPECT_CALL(*server_, GetServer(_, _, _)).WillOnce(Return(grpc::Status(grpc::StatusCode::NOT_FOUND, "no sweep x")));
  const auto answer = Call({seconds(1), seconds(30), nullptr});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), NotFound("no sweep x"));
}

TEST_F(ConnectionTest, AnAnswerThatDoesNotComeCountsAsUnavailable) {
  EXPECT_CALL(*server_, GetServer(_, _, _))
      .WillOnce(Return(grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded")));
  const auto answer = Call({milliseconds(1500), Duration::zero(), nullptr});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message(), "tried unix:/scripted: no answer within 1500 ms");
}

TEST_F(ConnectionTest, AStoppedCallerGetsCancelled) {
  Cancellation cancellation(&clock_);
  EXPECT_CALL(*server_, GetServer(_, _, _)).WillOnce([&](auto...) {
    cancellation.Cancel();
    return Gone();
  });
  EXPECT_EQ(Call({seconds(1), Duration::max(), &cancellation}).error().code(), StatusCode::kCancelled);
}

TEST_F(ConnectionTest, HandshakeTellsVersionsApart) {
  EXPECT_CALL(*server_, GetServer(_, _, _)).WillOnce(DoAll(SetArgPointee<2>(Version(1)), Return(grpc::Status::OK)));
  EXPECT_EQ(connection_->Handshake(seconds(1))->version(), "0.9.0");

  EXPECT_CALL(*server_, GetServer(_, _, _)).WillOnce(DoAll(SetArgPointee<2>(Version(2)), Return(grpc::Status::OK)));
  const auto newer = connection_->Handshake(seconds(1));
  EXPECT_EQ(newer.error().code(), StatusCode::kUnavailable);
  EXPECT_THAT(newer.error().message(), HasSubstr("winnowd 0.9.0 speaks version 2 of the API, this program version 1"));

  // A coordinator that has looked at our metadata, and refuses it.
  EXPECT_CALL(*server_, GetServer(_, _, _))
      .WillOnce(Return(grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "the client speaks version 1")));
  const auto refused = connection_->Handshake(seconds(1));
  EXPECT_EQ(refused.error().code(), StatusCode::kUnavailable);
  EXPECT_THAT(refused.error().message(), HasSubstr("the client speaks version 1"));

  EXPECT_CALL(*server_, GetServer(_, _, _)).WillOnce(Return(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "")));
  EXPECT_THAT(connection_->Handshake(seconds(1)).error().message(), HasSubstr("not a Winnow coordinator"));
}

TEST(ConnectionToNowhere, SaysWhatWasTried) {
  testing::TempFolder folder;
  const auto connection = Connection::Open({"unix:" + (folder / "no.sock").string(), {}}, SystemClock());
  ASSERT_TRUE(connection);
  const auto answer = (*connection)->Handshake(seconds(20));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), StatusCode::kUnavailable);
  EXPECT_THAT(answer.error().message(), HasSubstr("tried unix:" + (folder / "no.sock").string()));
}

TEST(ConnectionOverASocket, SendsTheVersionAndReadsTheReason) {
  testing::TempFolder folder;
  testing::CoordinatorModel model;
  testing::FakeCoordinator coordinator(&model, folder / "s");
  const auto connection = *Connection::Open({"unix:" + (folder / "s").string(), {}}, SystemClock());
  v1::ReportProgressRequest request;
  request.set_token("unknown");
  const auto answer =
      connection->Call(*connection->stubs().workers, &v1::WorkerService::StubInterface::ReportProgress, request, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(answer.error().reason(), "LEASE_LOST");
  EXPECT_THAT(model.api_metadata, ElementsAre("1"));
}

}  // namespace
}  // namespace winnow::client
