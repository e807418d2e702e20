#include "worker/agent/registration.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_coordinator.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wait_for.h"

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;

class RegistrationTest : public ::testing::Test {
 protected:
  RegistrationTest()
      : connection_(*client::Connection::Open({"unix:" + (folder_ / "s").string(), {}}, &clock_)),
        cancellation_(&clock_),
        registration_(connection_.get(), Worker(), &cancellation_) {}

  static v1::Worker Worker() {
    v1::Worker worker;
    worker.set_name("workers/w1");
    worker.set_instance("i1");
    return worker;
  }
  void StartCoordinator() { coordinator_ = std::make_unique<testing::FakeCoordinator>(&model_, folder_ / "s"); }
  // Runs `call` on a thread of its own while this one turns the clock.
  Status WhileTimePasses(const std::function<Status()>& call) {
    Status status;
    std::atomic<bool> done{false};
    std::thread thread([&] {
      status = call();
      done = true;
    });
    EXPECT_TRUE(testing::WaitFor([&] {
      clock_.Advance(std::chrono::milliseconds(20));
      return done.load();
    }));
    thread.join();
    return status;
  }

  testing::TempFolder folder_;
  testing::FakeClock clock_;
  testing::CoordinatorModel model_;
  std::unique_ptr<testing::FakeCoordinator> coordinator_;
  std::unique_ptr<client::Connection> connection_;
  client::Cancellation cancellation_;
  Registration registration_;
  std::vector<std::string> said_;
};

TEST_F(RegistrationTest, LearnsTheTtl) {
  model_.lease_ttl = std::chrono::milliseconds(2500);
  StartCoordinator();
  const Status status = registration_.First(std::chrono::seconds(10), [](const std::string&) {});
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(registration_.lease_ttl(), std::chrono::milliseconds(2500));
  EXPECT_EQ(registration_.generation(), 1u);
}

TEST_F(RegistrationTest, WaitsUntilItsPredecessorCountsAsGone) {
  model_.name_taken = true;
  StartCoordinator();
  const Status status = WhileTimePasses([&] {
    return registration_.First(std::chrono::hours(1), [&](const std::string& line) {
      said_.push_back(line);
      model_.With([](auto& m) { m.name_taken = false; });
    });
  });
  EXPECT_TRUE(status.ok()) << status.ToString();
  ASSERT_EQ(said_.size(), 1u);
  EXPECT_THAT(said_[0], HasSubstr("another worker has the name; waiting"));
}

TEST_F(RegistrationTest, GivesUpWhenThePatienceIsOver) {
  const SteadyTime begin = clock_.Now();
  const Status status = WhileTimePasses(
      [&] { return registration_.First(std::chrono::seconds(5), [&](const std::string& l) { said_.push_back(l); }); });
  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr((folder_ / "s").string()));
  EXPECT_EQ(said_.size(), 1u);
  EXPECT_GT(clock_.Now() - begin, std::chrono::seconds(2));
}

TEST_F(RegistrationTest, RegistersAgainOnceForAllThreads) {
  StartCoordinator();
  ASSERT_TRUE(registration_.First(std::chrono::seconds(10), [](const std::string&) {}).ok());
  const uint64_t seen = registration_.generation();
  EXPECT_TRUE(registration_.Again(seen).ok());
  EXPECT_TRUE(registration_.Again(seen).ok());  // another thread that had seen the same
  EXPECT_EQ(model_.With([](auto& m) { return m.registrations.size(); }), 2u);
  model_.With([](auto& m) { m.name_taken = true; });
  EXPECT_EQ(registration_.Again(registration_.generation()).reason(), "NAME_TAKEN");
}

TEST_F(RegistrationTest, CancellationEndsTheWait) {
  std::thread thread([&] {
    const Status status = registration_.First(std::chrono::hours(1), [](const std::string&) {});
    EXPECT_EQ(status.code(), StatusCode::kCancelled);
  });
  cancellation_.Cancel();
  thread.join();
}

}  // namespace
}  // namespace winnow::worker
