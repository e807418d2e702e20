#include "kernels/filter/packed_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/filter/dense_filter.h"
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
      int64_t e = block.coefficient_begin;
      for (int64_t r = block.row_begin; r < block.row_begin + block.row_count; ++r) {
        const PackedRow& row = packed.rows()[r];
        for (int64_t end = e + row.nonzeros; e < end; ++e) {
          const int64_t c = block.first_channel + packed.indices()[e] / scale;
          q[(row.out_channel * in_channels + c) * kPositions + position] += packed.weights()[e];
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
      EXPECT_GE(packed->Bytes(), packed->Nonzeros() * 6);
    }
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
          EXPECT_LE(rows[r].nonzeros, rows[r - 1].nonzeros);
        }
        if (block.first_channel != 0) {
          EXPECT_GT(rows[r].nonzeros, 0);
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
