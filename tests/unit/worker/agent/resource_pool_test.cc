#include "worker/agent/resource_pool.h"

#include <gtest/gtest.h>

namespace winnow::worker {
namespace {

TEST(ResourcePool, GivesEachThreadToOneRequest) {
  ResourcePool pool({4, 1000});
  const Resources first = pool.TakeAll();
  EXPECT_EQ(first, (Resources{4, 1000}));
  EXPECT_EQ(pool.TakeAll(), (Resources{}));
  const Resources kept = pool.Settle(first, {1, 300});
  EXPECT_EQ(kept, (Resources{1, 300}));
  EXPECT_EQ(pool.free(), (Resources{3, 700}));
  const Resources second = pool.TakeAll();
  pool.Release(second);
  pool.Release(kept);
  EXPECT_EQ(pool.free(), (Resources{4, 1000}));
}

TEST(ResourcePool, ALeaseNeverKeepsMoreThanWasOffered) {
  ResourcePool pool({2, 1000});
  const Resources taken = pool.TakeAll();
  EXPECT_EQ(pool.Settle(taken, {8, 5000}), (Resources{2, 1000}));
  EXPECT_EQ(pool.free(), (Resources{}));
}

TEST(ResourcePool, AStageCountsAsOneThreadAtLeast) {
  ResourcePool pool({2, 1000});
  EXPECT_EQ(pool.Settle(pool.TakeAll(), {0, 0}), (Resources{1, 0}));
}

TEST(ResourcePool, MemoryWithoutAThreadIsNotOffered) {
  ResourcePool pool({1, 1000});
  pool.Settle(pool.TakeAll(), {1, 100});
  EXPECT_EQ(pool.TakeAll(), (Resources{}));
  EXPECT_EQ(pool.free(), (Resources{0, 900}));
}

}  // namespace
}  // namespace winnow::worker
