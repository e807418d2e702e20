#include "client/lib/worker_client.h"

#include "scripted_stubs.h"

namespace winnow::client {
namespace {

using std::chrono::seconds;
using ::testing::_;

class WorkerClientTest : public ScriptedStubsTest {
 protected:
  WorkerClientTest() : client_(connection_.get(), {seconds(5), Duration::zero(), nullptr}) {}
  WorkerClient client_;
};

TEST_F(WorkerClientTest, WaitingCallsGetTheirWaitOnTop) {
  const auto check = [](grpc::ClientContext* context) {
    const auto left = context->deadline() - std::chrono::system_clock::now();
    EXPECT_GT(left, seconds(20));
    EXPECT_LT(left, seconds(26));
  };
  v1::AcquireLeaseRequest acquire;
  acquire.mutable_wait()->set_seconds(20);
  EXPECT_CALL(*workers_, AcquireLease(_, _, _)).WillOnce([&](grpc::ClientContext* context, const auto&, auto*) {
    check(context);
    return grpc::Status::OK;
  });
  EXPECT_TRUE(client_.Acquire(acquire));
  v1::AwaitCancellationsRequest await;
  await.mutable_wait()->set_seconds(20);
  EXPECT_CALL(*workers_, AwaitCancellations(_, _, _)).WillOnce([&](grpc::ClientContext* context, const auto&, auto*) {
    check(context);
    return grpc::Status::OK;
  });
  EXPECT_TRUE(client_.AwaitCancellations(await));
}

TEST_F(WorkerClientTest, SendsRequestsAsTheyAre) {
  v1::CompleteStageRequest request;
  request.set_request_id("r");
  request.set_token("t");
  EXPECT_CALL(*workers_, CompleteStage(_, _, _)).WillOnce([](auto*, const v1::CompleteStageRequest& sent, auto*) {
    EXPECT_EQ(sent.request_id(), "r");
    EXPECT_EQ(sent.token(), "t");
    return grpc::Status::OK;
  });
  EXPECT_TRUE(client_.Complete(request));
  EXPECT_CALL(*workers_, UnregisterWorker(_, _, _)).WillOnce([](auto*, const auto& sent, auto*) {
    EXPECT_EQ(sent.worker(), "workers/w");
    return grpc::Status::OK;
  });
  v1::UnregisterWorkerRequest unregister;
  unregister.set_worker("workers/w");
  EXPECT_TRUE(client_.Unregister(unregister).ok());
}

TEST(LeaseLost, NeedsCodeAndReason) {
  EXPECT_TRUE(IsLeaseLost(FailedPrecondition("x", "LEASE_LOST")));
  EXPECT_FALSE(IsLeaseLost(FailedPrecondition("x", "ARTIFACT_MISSING")));
  EXPECT_FALSE(IsLeaseLost(FailedPrecondition("LEASE_LOST")));
  EXPECT_FALSE(IsLeaseLost(OkStatus()));
}

}  // namespace
}  // namespace winnow::client
