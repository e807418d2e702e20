#include "worker/data/batch_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace winnow::worker {
namespace {

std::vector<uint32_t> FileOrder(uint32_t count) {
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  return order;
}

TEST(EpochOrder, IsAPermutationThatSeedAndEpochFix) {
  const std::vector<uint32_t> order = EpochOrder(5, 2, 1000);
  EXPECT_THAT(order, testing::UnorderedElementsAreArray(FileOrder(1000)));
  EXPECT_EQ(order, EpochOrder(5, 2, 1000));
  EXPECT_NE(order, EpochOrder(5, 3, 1000));
  EXPECT_NE(order, EpochOrder(6, 2, 1000));
  EXPECT_NE(order, FileOrder(1000));
}

TEST(EpochOrder, TakesTheSmallestCounts) {
  EXPECT_TRUE(EpochOrder(1, 1, 0).empty());
  EXPECT_EQ(EpochOrder(1, 1, 1), FileOrder(1));
}

// Every image is as likely in the first tenth as in any other: 100 epochs, seeds fixed, bound of five deviations.
TEST(EpochOrder, IsEven) {
  constexpr int kCount = 200, kEpochs = 400;
  std::vector<int> early(kCount, 0);
  for (uint32_t epoch = 1; epoch <= kEpochs; ++epoch) {
    const std::vector<uint32_t> order = EpochOrder(9, epoch, kCount);
    for (int i = 0; i < kCount / 10; ++i) ++early[order[static_cast<size_t>(i)]];
  }
  // Binomial with n = 400, p = 0.1: mean 40, deviation 6.
  EXPECT_GE(*std::min_element(early.begin(), early.end()), 40 - 30);
  EXPECT_LE(*std::max_element(early.begin(), early.end()), 40 + 30);
}

TEST(TrainingSubset, OfASmallerLimitIsAPrefix) {
  const std::vector<uint32_t> large = TrainingSubset(1000, 700), small = TrainingSubset(1000, 300);
  ASSERT_EQ(small.size(), 300u);
  EXPECT_TRUE(std::equal(small.begin(), small.end(), large.begin()));
  std::vector<uint32_t> sorted = large;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(std::unique(sorted.begin(), sorted.end()), sorted.end());
}

// Checkpoints of published sweeps depend on these numbers.
TEST(TrainingSubset, NeverChanges) {
  EXPECT_THAT(TrainingSubset(60000, 5), ::testing::ElementsAre(58618, 39868, 13746, 14979, 43178));
}

TEST(TrainingSubset, OfNoLimitIsAllInFileOrder) {
  EXPECT_EQ(TrainingSubset(50, 0), FileOrder(50));
  EXPECT_EQ(TrainingSubset(50, 50), FileOrder(50));
}

TEST(HeldOutSubset, IsNeverTrainedOn) {
  for (const int64_t limit : {0, 1, 600, 700, 1000}) {
    std::vector<uint32_t> all = TrainingSubset(1000, limit, 300);
    EXPECT_EQ(all.size(), limit == 0 || limit > 700 ? 700u : static_cast<size_t>(limit));
    const std::vector<uint32_t> held_out = HeldOutSubset(1000, 300);
    ASSERT_EQ(held_out.size(), 300u);
    all.insert(all.end(), held_out.begin(), held_out.end());
    std::sort(all.begin(), all.end());
    EXPECT_EQ(std::unique(all.begin(), all.end()), all.end()) << limit;
  }
}

TEST(HeldOutSubset, LeavesThePrefixesOfLimitsAsTheyAre) {
  EXPECT_EQ(TrainingSubset(1000, 200, 300), TrainingSubset(1000, 200));
  EXPECT_TRUE(HeldOutSubset(1000, 0).empty());
}

}  // namespace
}  // namespace winnow::worker
