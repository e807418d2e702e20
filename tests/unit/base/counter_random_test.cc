#include "base/counter_random.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace winnow {
namespace {

// Known answers of the authors' Random123 library (kat_vectors, philox4x32 with 10 rounds).
TEST(Philox, GivesThePublishedAnswers) {
  EXPECT_EQ(Philox(0, {0, 0, 0, 0}), (RandomWords{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Philox(0xffffffffffffffff, {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}),
            (RandomWords{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Philox((uint64_t{0x299f31d0} << 32) | 0xa4093822, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}),
            (RandomWords{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomAt, StreamsStepsAndItemsDiffer) {
  std::set<RandomWords> seen;
  for (const RandomStream stream : {RandomStream::kOrder, RandomStream::kAugmentation, RandomStream::kDropout}) {
    for (uint32_t step = 0; step < 10; ++step) {
      for (uint64_t index = 0; index < 10; ++index) seen.insert(RandomAt(1, stream, step, index));
    }
  }
  EXPECT_EQ(seen.size(), 300u);
  EXPECT_NE(RandomAt(1, RandomStream::kOrder, 0, 0), RandomAt(2, RandomStream::kOrder, 0, 0));
  EXPECT_NE(RandomAt(1, RandomStream::kOrder, 0, 1), RandomAt(1, RandomStream::kOrder, 0, uint64_t{1} << 32));
}

TEST(RandomBelow, StaysBelowAndReachesAll) {
  EXPECT_EQ(RandomBelow(0, 10), 0u);
  EXPECT_EQ(RandomBelow(0xffffffff, 10), 9u);
  EXPECT_EQ(RandomBelow(0xffffffff, 1), 0u);
  std::array<int, 7> counts{};
  for (uint64_t i = 0; i < 7000; ++i) ++counts[RandomBelow(RandomAt(3, RandomStream::kOrder, 0, i)[0], 7)];
  for (const int count : counts) EXPECT_NEAR(count, 1000, 150);
}

TEST(RandomUnit, IsBelowOne) {
  EXPECT_EQ(RandomUnit(0), 0.0f);
  EXPECT_LT(RandomUnit(0xffffffff), 1.0f);
}

}  // namespace
}  // namespace winnow
