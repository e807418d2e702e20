#include "kernels/filter/packed_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

#include "kernels/filter/dense_filter.h"
#include "kernels/filter/shared_masks.h"
#include "tests/unit/kernels/random_floats.h"

namespace winnow::kernels {
namespace {

using testing::HasSubstr;

constexpr auto kVariant = WinogradVariant::kF2K3;
constexpr int kPositions = 16;

// Reads a packed filter back, in its own order.
std::vector<float> Unpack(const PackedFilter& packed, int64_t out_channels, int64_t in_channels, int64_t scale) {
  std::vector<float> q(out_channels * in_channels * kPositions, 0.0f);
  for (int position = 0; position < kPositions; ++position) {
    for (const PackedFilter::Block& block : packed.BlocksOf(position)) {
      int64_t w = block.weight_begin, e = block.index_begin;
      for (int64_t r = block.row_begin; r < block.row_begin + block.row_count; ++r) {
        const PackedRow& row = packed.rows()[r];
        for (int64_t end = e + row.kept; e < end; ++e) {
          const int64_t c = block.first_channel + packed.indices()[e] / scale;
          for (int64_t o = row.out_channel; o < row.out_channel + block.row_channels; ++o) {
            q[(o * in_channels + c) * kPositions + position] += packed.weights()[w++];
          }
        }
      }
    }
  }
  return q;
}

TEST(PackedFilter, HoldsEveryCoefficientOnce) {
  for (double density : {0.0, 0.1, 0.5, 1.0}) {
    for (int64_t in_channels : {1, 3, 16, 37}) {
      const int64_t out_channels = 13;
      std::vector<float> q = RandomFloats(out_channels * in_channels * kPositions, 5);
      PruneRandomly(density, 6, q);
      const auto packed = PackedFilter::Pack(kVariant, out_channels, in_channels, q, {16, 256});
      ASSERT_TRUE(packed);
      EXPECT_EQ(Unpack(*packed, out_channels, in_channels, 256 / 8), q) << density << " " << in_channels;
      EXPECT_EQ(packed->Unpack(), q) << density << " " << in_channels;
      EXPECT_EQ(packed->Nonzeros(), std::count_if(q.begin(), q.end(), [](float x) { return x != 0; }));
      EXPECT_GE(packed->Bytes(), packed->Nonzeros() * 4);
    }
  }
}

TEST(PackedFilter, HoldsEveryCoefficientOfGroupsOnce) {
  for (const int64_t group : {2, 3, 4, 8, 16}) {
    for (const int64_t out_channels : {1, 2, 5, 8, 13, 23, 24}) {
      SCOPED_TRACE(testing::Message() << "groups of " << group << ", " << out_channels << " output channels");
      std::vector<float> q = RandomFloats(out_channels * 37 * kPositions, 5);
      PruneByGroups(0.3, group, out_channels, 6, q);
      const auto packed = PackedFilter::Pack(kVariant, out_channels, 37, q, {16, 256});
      ASSERT_TRUE(packed);
      EXPECT_EQ(Unpack(*packed, out_channels, 37, 256 / 8), q);
      EXPECT_EQ(packed->Unpack(), q);
      EXPECT_EQ(packed->RowChannels(), SharedMasks(out_channels, q));
    }
  }
}

TEST(PackedFilter, RowsServeGroupsThatShareTheirMask) {
  for (const auto& [group, out_channels, row_channels] :
       {std::tuple(1, 64, 1), {2, 64, 2}, {3, 64, 1}, {4, 64, 4}, {8, 64, 8}, {16, 64, 8}, {4, 63, 4}, {8, 7, 4}}) {
    SCOPED_TRACE(testing::Message() << "groups of " << group << ", " << out_channels << " output channels");
    std::vector<float> q = RandomFloats(out_channels * 40 * kPositions, 7);
    PruneByGroups(0.3, group, out_channels, 8, q);
    EXPECT_EQ(SharedMasks(out_channels, q), row_channels);
    const auto packed = PackedFilter::Pack(kVariant, out_channels, 40, q, {20, 64});
    ASSERT_TRUE(packed);
    EXPECT_EQ(packed->RowChannels(), row_channels);
    const bool has_rest = out_channels % row_channels != 0;
    for (int position = 0; position < kPositions; ++position) {
      const auto blocks = packed->BlocksOf(position);
      ASSERT_EQ(blocks.size(), has_rest ? 4u : 2u);
      EXPECT_EQ(blocks[0].row_channels, row_channels);
      EXPECT_EQ(blocks[0].row_count, out_channels / row_channels);
      if (has_rest) {
        EXPECT_EQ(blocks[1].row_channels, 1);
        EXPECT_EQ(blocks[1].row_count, out_channels % row_channels);
        EXPECT_EQ(blocks[1].first_channel, 0);
      }
    }
  }
}

// The choice is each block's own: one coefficient spoils only the groups of its position and channel block.
TEST(PackedFilter, ChoosesRowsForEveryBlock) {
  std::vector<float> q = RandomFloats(16 * 40 * kPositions, 7);
  PruneByGroups(0.5, 8, 16, 8, q);
  q[(9 * 40 + 25) * kPositions + 3] = q[(8 * 40 + 25) * kPositions + 3] == 0 ? 1.0f : 0.0f;  // pair 8, 9
  q[(6 * 40 + 2) * kPositions + 5] = q[(4 * 40 + 2) * kPositions + 5] == 0 ? 1.0f : 0.0f;    // pairs 4, 5 and 6, 7
  q[(7 * 40 + 2) * kPositions + 5] = q[(6 * 40 + 2) * kPositions + 5];
  for (int64_t o = 12; o < 16; ++o) {  // fours from 8 and from 12
    float& x = q[(o * 40 + 3) * kPositions + 7];
    x = x == 0 ? 1.0f : 0.0f;
  }
  const auto packed = PackedFilter::Pack(kVariant, 16, 40, q, {20, 64});
  ASSERT_TRUE(packed);
  EXPECT_EQ(packed->Unpack(), q);
  EXPECT_EQ(packed->RowChannels(), 1);
  for (int position = 0; position < kPositions; ++position) {
    const auto blocks = packed->BlocksOf(position);
    ASSERT_EQ(blocks.size(), 2u);
    EXPECT_EQ(blocks[0].row_channels, position == 5 ? 2 : position == 7 ? 4 : 8) << position;
    EXPECT_EQ(blocks[1].row_channels, position == 3 ? 1 : 8) << position;
  }
}

TEST(PackedFilter, SortsRowsAndKeepsAllOfTheFirstBlock) {
  std::vector<float> q = RandomFloats(20 * 40 * kPositions, 7);
  PruneRandomly(0.02, 8, q);
  const auto packed = PackedFilter::Pack(kVariant, 20, 40, q, {16, 64});
  ASSERT_TRUE(packed);
  for (int position = 0; position < kPositions; ++position) {
    ASSERT_EQ(packed->BlocksOf(position).size(), 3u);
    for (const PackedFilter::Block& block : packed->BlocksOf(position)) {
      if (block.first_channel == 0) {
        EXPECT_EQ(block.row_count, 20);
      }
      EXPECT_EQ(block.remainder_end[kGroupSize - 1], block.row_count);
      const PackedRow* const rows = packed->rows() + block.row_begin;
      for (int64_t r = 0; r < block.row_count; ++r) {
        EXPECT_LT(r, block.remainder_end[rows[r].Remainder()]);
        if (rows[r].Remainder() > 0) {
          EXPECT_GE(r, block.remainder_end[rows[r].Remainder() - 1]);
        }
        if (r > 0 && rows[r].Remainder() == rows[r - 1].Remainder()) {
          EXPECT_LE(rows[r].kept, rows[r - 1].kept);
        }
        if (block.first_channel != 0) {
          EXPECT_GT(rows[r].kept, 0);
        }
      }
    }
  }
}

// The project's bound: 6.5 bytes a coefficient at 63 to 74 % sparsity, 7.5 at 90 %.
TEST(PackedFilter, TakesFewBytesACoefficient) {
  for (const auto& [density, bytes] : {std::pair(0.37, 6.5), std::pair(0.26, 6.5), std::pair(0.1, 7.5)}) {
    std::vector<float> q = RandomFloats(256 * 256 * kPositions, 7);
    PruneRandomly(density, 8, q);
    const auto packed = PackedFilter::Pack(kVariant, 256, 256, q, {128, 256});
    ASSERT_TRUE(packed);
    EXPECT_LE(static_cast<double>(packed->Bytes()), bytes * static_cast<double>(packed->Nonzeros())) << density;
  }
}

TEST(PackedFilter, TakesFewerBytesACoefficientForGroups) {
  for (const auto& [group, bytes] : {std::pair(2, 5.4), {4, 4.7}, {8, 4.4}}) {
    std::vector<float> q = RandomFloats(256 * 256 * kPositions, 7);
    PruneByGroups(0.26, group, 256, 8, q);
    const auto packed = PackedFilter::Pack(kVariant, 256, 256, q, {128, 256});
    ASSERT_TRUE(packed);
    EXPECT_LE(static_cast<double>(packed->Bytes()), bytes * static_cast<double>(packed->Nonzeros())) << group;
  }
}

TEST(PackedFilter, NamesTheFaultyCoefficient) {
  for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                    -std::numeric_limits<float>::infinity()}) {
    std::vector<float> q(2 * 3 * kPositions, 1.0f);
    q[(1 * 3 + 2) * kPositions + 7] = bad;
    const auto packed = PackedFilter::Pack(kVariant, 2, 3, q, {16, 64});
    ASSERT_FALSE(packed);
    EXPECT_EQ(packed.error().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(packed.error().message(), HasSubstr("output channel 1, input channel 2, position 7"));
    EXPECT_FALSE(DenseFilter::Pack(kVariant, 2, 3, q, 6));
  }
}

TEST(PackedFilter, RefusesWrongSizesAndLayouts) {
  const std::vector<float> q(2 * 3 * kPositions, 1.0f);
  EXPECT_EQ(PackedFilter::Pack(kVariant, 2, 4, q, {16, 64}).error().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(PackedFilter::Pack(kVariant, 0, 4, {}, {16, 64}).error().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(PackedFilter::Pack(kVariant, 2, 0, {}, {16, 64}).error().code(), StatusCode::kInvalidArgument);
  for (const PackedFilterLayout& layout :
       {PackedFilterLayout{0, 64}, PackedFilterLayout{16, 0}, PackedFilterLayout{16, 60}, PackedFilterLayout{8193, 64},
        PackedFilterLayout{1, 65536 * 8}, PackedFilterLayout{1, int64_t{8} << 32}}) {
    EXPECT_EQ(PackedFilter::Pack(kVariant, 2, 3, q, layout).error().code(), StatusCode::kInvalidArgument);
  }
  EXPECT_TRUE(PackedFilter::Pack(kVariant, 2, 3, q, {8192, 64}));
  EXPECT_TRUE(PackedFilter::Pack(kVariant, 2, 3, q, {1, 65535 * 8}));
}

TEST(DenseFilter, PutsOutputChannelsSideBySide) {
  const std::vector<float> q = RandomFloats(5 * 3 * kPositions, 9);
  const auto packed = DenseFilter::Pack(kVariant, 5, 3, q, 4);
  ASSERT_TRUE(packed);
  EXPECT_EQ(packed->RowBlocks(), 2);
  for (int position = 0; position < kPositions; ++position) {
    for (int64_t o = 0; o < 8; ++o) {
      for (int64_t c = 0; c < 3; ++c) {
        const float expected = o < 5 ? q[(o * 3 + c) * kPositions + position] : 0.0f;
        EXPECT_EQ(packed->PositionWeights(position)[(o / 4 * 3 + c) * 4 + o % 4], expected);
      }
    }
  }
}

}  // namespace
}  // namespace winnow::kernels
