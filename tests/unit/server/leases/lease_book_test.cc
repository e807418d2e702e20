#include "server/leases/lease_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace winnow::server {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LeaseBookTest : public ::testing::Test {
 protected:
  Lease Make(const std::string& name, const std::string& worker = "w") {
    return {.token = "token " + name, .stage = "stage " + name, .worker = worker, .attempt = 1};
  }

  testing::FakeClock clock_;
  LeaseBook book_{&clock_, seconds(15)};
};

TEST_F(LeaseBookTest, LetsLeasesLiveUntilTheirTimeIsOver) {
  book_.Add(Make("a"), false);
  clock_.Advance(seconds(14));
  EXPECT_TRUE(book_.Find("token a"));
  EXPECT_TRUE(book_.Renew("token a"));
  clock_.Advance(seconds(14));
  EXPECT_TRUE(book_.Renew("token a")) << "15 s count from the renewal";
  clock_.Advance(seconds(15));
  EXPECT_FALSE(book_.Renew("token a"));
  EXPECT_FALSE(book_.Find("token a"));
  EXPECT_FALSE(book_.BeginEnd("token a"));
  EXPECT_EQ(book_.size(), 0u);
  EXPECT_THAT(book_.LeasesOf("w", false), IsEmpty());
}

// Found by winnow-simulate, seed 30: a commit that ended the first lease and said that it had failed.
TEST_F(LeaseBookTest, EndsAnEarlierLeaseOfTheStageWithTheNext) {
  book_.Add(Make("a"), false);
  Lease next = Make("a");
  next.token = "next token";
  next.attempt = 2;
  book_.Add(next, false);
  EXPECT_FALSE(book_.Renew("token a"));
  EXPECT_TRUE(book_.Renew("next token"));
  book_.Remove("token a");
  book_.AbandonEnd("token a");
  EXPECT_TRUE(book_.Find("next token"));
}

TEST_F(LeaseBookTest, IsNotMovedByTheWallClock) {
  book_.Add(Make("a"), false);
  clock_.JumpWall(std::chrono::hours(1));
  EXPECT_TRUE(book_.Find("token a"));
  clock_.JumpWall(-std::chrono::hours(2));
  clock_.Advance(seconds(15));
  EXPECT_FALSE(book_.Find("token a"));
}

TEST_F(LeaseBookTest, TakesOverdueLeasesOnceAndOldestFirst) {
  book_.Add(Make("b"), false);
  clock_.Advance(seconds(1));
  book_.Add(Make("a"), false);
  EXPECT_EQ(book_.NextExpiry(), clock_.Now() + seconds(14));
  EXPECT_THAT(book_.TakeOverdue(), IsEmpty());
  clock_.Advance(seconds(20));
  EXPECT_THAT(book_.TakeOverdue(), ElementsAre(Make("b"), Make("a")));
  EXPECT_THAT(book_.TakeOverdue(), IsEmpty());
  EXPECT_FALSE(book_.NextExpiry());
  book_.AbandonEnd("token b");
  EXPECT_THAT(book_.TakeOverdue(), ElementsAre(Make("b")));
}

TEST_F(LeaseBookTest, DoesNotExpireWhatIsBeingEnded) {
  book_.Add(Make("a"), false);
  EXPECT_TRUE(book_.BeginEnd("token a"));
  clock_.Advance(seconds(20));
  EXPECT_THAT(book_.TakeOverdue(), IsEmpty());
  book_.AbandonEnd("token a");
  EXPECT_THAT(book_.TakeOverdue(), ElementsAre(Make("a")));
}

TEST_F(LeaseBookTest, TakesAllOfAWorker) {
  book_.Add(Make("a"), false);
  book_.Add(Make("b", "other"), false);
  EXPECT_THAT(book_.TakeAll("w"), ElementsAre(Make("a")));
  EXPECT_FALSE(book_.Renew("token a")) << "it is over at once";
  EXPECT_TRUE(book_.Renew("token b"));
}

TEST_F(LeaseBookTest, RemembersWhatIsToBeCancelled) {
  book_.Add(Make("a"), false);
  book_.Add(Make("b"), true);
  EXPECT_FALSE(book_.Renew("token a")->cancel_requested);
  EXPECT_TRUE(book_.Renew("token b")->cancel_requested);
  EXPECT_THAT(book_.RequestCancel({"stage x", "stage a"}), ElementsAre(Make("a")));
  EXPECT_TRUE(book_.Renew("token a")->cancel_requested);
  EXPECT_THAT(book_.LeasesOf("w", true), ElementsAre(Make("a"), Make("b")));
  book_.Remove("token a");
  EXPECT_THAT(book_.RequestCancel({"stage a"}), IsEmpty());
}

TEST_F(LeaseBookTest, RemovingAnOldLeaseLeavesTheNextOfItsStage) {
  book_.Add(Make("a"), false);
  Lease next = Make("a");
  next.token = "next";
  book_.Add(next, false);
  book_.Remove("token a");
  EXPECT_THAT(book_.RequestCancel({"stage a"}), ElementsAre(next));
}

}  // namespace
}  // namespace winnow::server
