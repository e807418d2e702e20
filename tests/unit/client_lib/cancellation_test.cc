#include "client/lib/cancellation.h"

#include <gtest/gtest.h>

#include <thread>

#include "client/lib/worker_client.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_coordinator.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wait_for.h"

namespace winnow::client {
namespace {

class CancellationTest : public ::testing::Test {
 protected:
  CancellationTest()
      : coordinator_(&model_, folder_ / "s"),
        connection_(*Connection::Open({"unix:" + (folder_ / "s").string(), {}}, SystemClock())),
        cancellation_(SystemClock()) {
    request_.set_request_id("r");
    request_.mutable_wait()->set_seconds(60);
  }
  Status Acquire() {
    WorkerClient workers(connection_.get(), {std::chrono::seconds(10), Duration::max(), &cancellation_});
    return StatusOf(workers.Acquire(request_));
  }
  // Acquire() on a thread, once it waits at the coordinator.
  std::thread AcquireInBackground(Status* status) {
    std::thread thread([this, status] { *status = Acquire(); });
    EXPECT_TRUE(testing::WaitFor([&] { return model_.With([](auto& m) { return !m.acquires.empty(); }); }));
    return thread;
  }

  testing::TempFolder folder_;
  testing::CoordinatorModel model_;
  testing::FakeCoordinator coordinator_;
  std::unique_ptr<Connection> connection_;
  Cancellation cancellation_;
  v1::AcquireLeaseRequest request_;
};

TEST_F(CancellationTest, EndsAWaitingCallAndAllLaterOnes) {
  Status status;
  std::thread thread = AcquireInBackground(&status);
  cancellation_.Cancel();
  thread.join();
  EXPECT_EQ(status.code(), StatusCode::kCancelled);
  EXPECT_EQ(Acquire().code(), StatusCode::kCancelled);
  EXPECT_FALSE(cancellation_.PauseFor(std::chrono::hours(1)));
}

TEST_F(CancellationTest, EndsOnlyRunningCallsWhereAskedTo) {
  Status status;
  std::thread thread = AcquireInBackground(&status);
  cancellation_.CancelRunning();
  thread.join();
  EXPECT_EQ(status.code(), StatusCode::kCancelled);
  EXPECT_FALSE(cancellation_.cancelled());
  model_.Queue(testing::MakeLease(v1::STAGE_KIND_TRAIN, "a"));
  request_.set_free_threads(1);
  request_.set_free_memory_bytes(int64_t{1} << 30);
  EXPECT_TRUE(Acquire().ok());
}

TEST_F(CancellationTest, EndsTheNextCallWhereNoneRuns) {
  cancellation_.CancelRunning();
  EXPECT_EQ(Acquire().code(), StatusCode::kCancelled);
  model_.Queue(testing::MakeLease(v1::STAGE_KIND_TRAIN, "a"));
  request_.set_free_threads(1);
  request_.set_free_memory_bytes(int64_t{1} << 30);
  EXPECT_TRUE(Acquire().ok());
}

}  // namespace
}  // namespace winnow::client
