#include "base/counter_random.h"

#include <gtest/gtest.h>

namespace winnow {
namespace {

// The known answers published with Random123 (kat_vectors, philox4x32 10).
TEST(Philox, GivesThePublishedAnswers) {
  EXPECT_EQ(Philox(0, {0, 0, 0, 0}), (RandomWords{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Philox(~uint64_t{0}, {~0u, ~0u, ~0u, ~0u}), (RandomWords{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Philox(0x299f31d0a4093822, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}),
            (RandomWords{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomBelow, StaysBelowItsBound) {
  EXPECT_EQ(RandomBelow(0, 9), 0u);
  EXPECT_EQ(RandomBelow(~0u, 9), 8u);
  EXPECT_EQ(RandomBelow(~0u, 1), 0u);
}

TEST(RandomUnit, LiesInTheHalfOpenInterval) {
  EXPECT_EQ(RandomUnit(0), 0.0f);
  EXPECT_LT(RandomUnit(~0u), 1.0f);
}

TEST(RandomAt, TellsStreamsStepsAndItemsApart) {
  const RandomWords base = RandomAt(7, RandomStream::kOrder, 3, 5);
  EXPECT_EQ(base, RandomAt(7, RandomStream::kOrder, 3, 5));
  EXPECT_NE(base, RandomAt(8, RandomStream::kOrder, 3, 5));
  EXPECT_NE(base, RandomAt(7, RandomStream::kDropout, 3, 5));
  EXPECT_NE(base, RandomAt(7, RandomStream::kOrder, 4, 5));
  EXPECT_NE(base, RandomAt(7, RandomStream::kOrder, 3, 5 + (uint64_t{1} << 32)));
}

}  // namespace
}  // namespace winnow
