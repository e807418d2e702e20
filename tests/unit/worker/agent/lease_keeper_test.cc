#include "worker/agent/lease_keeper.h"

#include <gmock/gmock.h>

#include <mutex>
#include <vector>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_coordinator.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wait_for.h"

namespace winnow::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::WaitFor;

constexpr Duration kTtl = std::chrono::seconds(9);

class LeaseKeeperTest : public ::testing::Test {
 protected:
  LeaseKeeperTest()
      : connection_(*client::Connection::Open({"unix:" + (folder_ / "s").string(), {}}, &clock_)),
        cancellation_(&clock_),
        registration_(connection_.get(), Worker(), &cancellation_) {
    model_.lease_ttl = kTtl;
    StartCoordinator();
    EXPECT_TRUE(registration_.First(std::chrono::seconds(10), [](const std::string&) {}).ok());
    keeper_ = std::make_unique<LeaseKeeper>(connection_.get(), &registration_, [this](const Status& s) {
      std::lock_guard lock(mutex_);
      taken_ = s;
    });
    keeper_->Start();
    EXPECT_TRUE(WaitFor([&] { return clock_.pending_timers() >= 2; }));  // both threads wait
  }
  ~LeaseKeeperTest() override { keeper_.reset(); }

  static v1::Worker Worker() {
    v1::Worker worker;
    worker.set_name("workers/w1");
    worker.set_instance("i1");
    return worker;
  }
  void StartCoordinator() { coordinator_ = std::make_unique<testing::FakeCoordinator>(&model_, folder_ / "s"); }
  void Lease(const std::string& token) {
    model_.With([&](auto& m) { m.running[token]; });
    keeper_->Add(token, [this, token](StopCause cause) {
      std::lock_guard lock(mutex_);
      stops_.emplace_back(token, cause);
    });
  }
  size_t renewals() {
    return model_.With([](auto& m) { return m.renewals.size(); });
  }
  [[nodiscard]] bool AwaitRenewals(size_t count) {
    return WaitFor([&] { return renewals() >= count; });
  }
  std::vector<std::pair<std::string, StopCause>> stops() {
    std::lock_guard lock(mutex_);
    return stops_;
  }

  testing::TempFolder folder_;
  testing::FakeClock clock_;
  testing::CoordinatorModel model_;
  std::unique_ptr<testing::FakeCoordinator> coordinator_;
  std::unique_ptr<client::Connection> connection_;
  client::Cancellation cancellation_;
  Registration registration_;
  std::mutex mutex_;
  std::vector<std::pair<std::string, StopCause>> stops_;
  Status taken_;
  std::unique_ptr<LeaseKeeper> keeper_;
};

TEST_F(LeaseKeeperTest, RenewsANewLeaseAtOnceAndThenEveryThird) {
  Lease("t1");
  ASSERT_TRUE(AwaitRenewals(1));
  EXPECT_THAT(model_.With([](auto& m) { return m.renewals[0]; }), ElementsAre("t1"));
  for (size_t i = 2; i <= 5; ++i) {
    ASSERT_TRUE(WaitFor([&] {
      clock_.Advance(kTtl / 3 / 10);
      return renewals() >= i;
    }));
  }
  EXPECT_THAT(stops(), IsEmpty());
}

TEST_F(LeaseKeeperTest, GivesASignOfLifeWithoutALease) {
  ASSERT_TRUE(WaitFor([&] {
    clock_.Advance(kTtl / 30);
    return renewals() >= 2;
  }));
  EXPECT_THAT(model_.With([](auto& m) { return m.renewals[0]; }), IsEmpty());
}

TEST_F(LeaseKeeperTest, DeclaresALeaseLostOnItsOwnClock) {
  Lease("t1");
  ASSERT_TRUE(AwaitRenewals(1));
  coordinator_.reset();
  const SteadyTime renewed = clock_.Now();
  ASSERT_TRUE(WaitFor([&] {
    clock_.Advance(std::chrono::milliseconds(50));
    return !stops().empty();
  }));
  EXPECT_THAT(stops(), ElementsAre(std::pair("t1", StopCause::kLeaseLost)));
  EXPECT_GE(clock_.Now() - renewed, kTtl - std::chrono::milliseconds(100));
}

TEST_F(LeaseKeeperTest, LeavesALeaseThatIsBeingReportedToTheCoordinator) {
  Lease("t1");
  Lease("t2");
  keeper_->TrustCoordinator("t1");
  coordinator_.reset();
  ASSERT_TRUE(WaitFor([&] {
    clock_.Advance(std::chrono::milliseconds(50));
    return !stops().empty();
  }));
  clock_.Advance(10 * kTtl);
  EXPECT_THAT(stops(), ElementsAre(std::pair("t2", StopCause::kLeaseLost)));
}

TEST_F(LeaseKeeperTest, PassesOnWhatTheCoordinatorSays) {
  Lease("t1");
  Lease("t2");
  model_.Lose("t1");
  model_.Cancel("t2");
  ASSERT_TRUE(WaitFor([&] {
    clock_.Advance(kTtl / 30);
    return stops().size() >= 2;
  }));
  EXPECT_THAT(stops(), ::testing::IsSupersetOf(
                           {std::pair("t1", StopCause::kLeaseLost), std::pair("t2", StopCause::kCancelled)}));
}

TEST_F(LeaseKeeperTest, ForgetsWhatIsRemoved) {
  Lease("t1");
  keeper_->Remove("t1");
  keeper_->Cancel("t1");
  keeper_->Cancel("unknown");
  EXPECT_THAT(stops(), IsEmpty());
}

TEST_F(LeaseKeeperTest, RegistersAgainWhenItIsUnknown) {
  Lease("t1");
  ASSERT_TRUE(AwaitRenewals(1));
  model_.With([](auto& m) { m.knows_workers = false; });
  ASSERT_TRUE(WaitFor([&] {
    clock_.Advance(kTtl / 30);
    return model_.With([](auto& m) { return m.registrations.size() == 2; }) && renewals() >= 2;
  }));
  EXPECT_THAT(stops(), IsEmpty());
  EXPECT_TRUE(taken_.ok());
}

TEST_F(LeaseKeeperTest, TellsWhenAnotherHasItsName) {
  model_.With([](auto& m) {
    m.knows_workers = false;
    m.name_taken = true;
  });
  Lease("t1");
  ASSERT_TRUE(WaitFor([&] {
    clock_.Advance(std::chrono::milliseconds(20));
    std::lock_guard lock(mutex_);
    return taken_.reason() == "NAME_TAKEN";
  }));
  keeper_->Shut();
}

}  // namespace
}  // namespace winnow::worker
