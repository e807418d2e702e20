// Every fault that a packed filter's file can have behind a right checksum, each named by the message.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "tests/unit/kernels/filter/packed_file_sample.h"

namespace winnow::kernels {
namespace {

using ::testing::HasSubstr;
using Sample = PackedFileSample;

constexpr uint32_t kSeed = 43;
constexpr int64_t kOut = 9;
constexpr int64_t kIn = 11;
constexpr PackedFilterLayout kLayout{4, 64};  // blocks of 4, 4 and 3 channels; indices are multiples of 8
constexpr int64_t kBlocks = 3;

struct Fault {
  const char* message;  // what it must contain
  std::function<void(Sample&)> spoil;
};

// Each of `faults` alone in an otherwise good file.
void ExpectRefused(const PackedFilter& filter, const std::vector<Fault>& faults) {
  for (const Fault& fault : faults) {
    Sample sample(filter);
    ASSERT_TRUE(sample.ParseRepaired());
    fault.spoil(sample);
    const auto parsed = sample.ParseRepaired();
    ASSERT_FALSE(parsed) << fault.message << " seed " << kSeed;
    EXPECT_EQ(parsed.error().code(), StatusCode::kDataLoss) << parsed.error().ToString();
    EXPECT_THAT(parsed.error().message(), HasSubstr(fault.message));
    EXPECT_THAT(parsed.error().message(), HasSubstr("pack the filter again"));
  }
}

void ExpectRefused(const std::vector<Fault>& faults) {
  ExpectRefused(*PackRandom(WinogradVariant::kF2K3, kOut, kIn, 0.6, kLayout, kSeed), faults);
}

// The first row of `block` for which `is_wanted(row, the one before it)`, or null.
PackedRow* FindRow(Sample& s, const PackedFilter::Block& block,
                   const std::function<bool(const PackedRow&, const PackedRow&)>& is_wanted) {
  for (int64_t r = block.row_begin + 1; r < block.row_begin + block.row_count; ++r) {
    if (is_wanted(s.rows[r], s.rows[r - 1])) return &s.rows[r];
  }
  ADD_FAILURE() << "the sample has no such row; take another seed";
  return nullptr;
}

// Where the coefficients of the second block's first row begin that has two or more.
uint16_t* IndicesOfALongRow(Sample& s) {
  int64_t e = s.blocks[1].index_begin;
  for (int64_t r = s.blocks[1].row_begin; s.rows[r].kept < 2; ++r) e += s.rows[r].kept;
  return &s.indices[e];
}

TEST(PackedFileFaults, OfTheHeader) {
  ExpectRefused({
      {"does not begin with WINNOWPF", [](Sample& s) { s.header.magic[7] = 'G'; }},
      {"version 0", [](Sample& s) { s.header.version = 0; }},
      {"header_bytes is 192, expected 136", [](Sample& s) { s.header.header_bytes = 192; }},
      {"its header says 64", [](Sample& s) { s.header.file_bytes = 64; }},
      {"its header says 18446744073709551615", [](Sample& s) { s.header.file_bytes = UINT64_MAX; }},
      {"tile_size is 3, expected 2 or 4", [](Sample& s) { s.header.tile_size = 3; }},
      {"group_size is 8, expected 4", [](Sample& s) { s.header.group_size = 8; }},
      {"out_channels is 0, expected 1 to 2^30", [](Sample& s) { s.header.out_channels = 0; }},
      {"out_channels is 9223372036854775807", [](Sample& s) { s.header.out_channels = uint64_t{1} << 63; }},
      {"in_channels is 0, expected 1 to 2^30", [](Sample& s) { s.header.in_channels = 0; }},
      {"in_channels is 1073741825", [](Sample& s) { s.header.in_channels = (1 << 30) + 1; }},
      {"more than 2^40 coefficients",
       [](Sample& s) { s.header.out_channels = s.header.in_channels = uint64_t{1} << 30; }},
      {"too few for 16 positions of 5000 output channels", [](Sample& s) { s.header.out_channels = 5000; }},
      {"0 channels of 64 bytes do not fit", [](Sample& s) { s.header.channel_block = 0; }},
      {"8193 channels of 64 bytes do not fit", [](Sample& s) { s.header.channel_block = 8193; }},
      {"channels of 60 bytes do not fit", [](Sample& s) { s.header.channel_stride_bytes = 60; }},
      {"channels of 0 bytes do not fit", [](Sample& s) { s.header.channel_stride_bytes = 0; }},
      {"do not fit", [](Sample& s) { s.header.channel_stride_bytes = UINT64_MAX; }},
  });
}

// Found by the fuzzer: one channel a block has index 0 at any stride, and the check divided by the low half of this
// one.
TEST(PackedFileFaults, OfAHugeChannelStride) {
  Sample sample(*PackRandom(WinogradVariant::kF2K3, 2, 3, 0.6, {1, 8}, kSeed));
  sample.header.channel_stride_bytes = uint64_t{8} << 32;
  const auto parsed = sample.ParseRepaired();
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code(), StatusCode::kDataLoss);
  EXPECT_THAT(parsed.error().message(), HasSubstr("1 channels of 34359738368 bytes do not fit"));
}

TEST(PackedFileFaults, OfTheSections) {
  ExpectRefused({
      {"block_count is 18446744073709551615, more than fit", [](Sample& s) { s.header.block_count = UINT64_MAX; }},
      {"row_count is 1152921504606846976, more than fit", [](Sample& s) { s.header.row_count = uint64_t{1} << 60; }},
      {"nonzeros is 4611686018427387904, more than fit", [](Sample& s) { s.header.nonzeros = uint64_t{1} << 62; }},
      {"index_count is 9223372036854775808, more than fit",
       [](Sample& s) { s.header.index_count = uint64_t{1} << 63; }},
      {"blocks_offset is 256, expected 192", [](Sample& s) { s.header.blocks_offset += 64; }},
      {"rows_offset is 0", [](Sample& s) { s.header.rows_offset = 0; }},
      {"weights_offset is 18446744073709551608", [](Sample& s) { s.header.weights_offset = UINT64_MAX - 7; }},
      {"indices_offset is", [](Sample& s) { s.header.indices_offset -= 2; }},
      {"file_bytes is",
       [](Sample& s) {
         s.bytes.resize(s.bytes.size() + 64);
         reinterpret_cast<PackedFileHeader*>(s.bytes.data())->file_bytes += 64;
       }},
      {"between sections, is not 0", [](Sample& s) { s.bytes.back() = std::byte{1}; }},
      {"between sections, is not 0", [](Sample& s) { s.bytes[s.header.indices_offset - 1] = std::byte{1}; }},
      {"between sections, is not 0", [](Sample& s) { s.bytes[sizeof(PackedFileHeader)] = std::byte{1}; }},
      {"position 0, block 3: first_channel is 0, expected 12", [](Sample& s) { s.header.in_channels = 13; }},
  });
}

TEST(PackedFileFaults, OfTheBlocks) {
  ExpectRefused({
      {"position 0, block 1: first_channel is 5, expected 4", [](Sample& s) { s.blocks[1].first_channel = 5; }},
      {"position 15, block 2: first_channel is -1", [](Sample& s) { s.blocks.back().first_channel = -1; }},
      {"block 1: first_channel is 4, expected 5", [](Sample& s) { s.header.channel_block = 5; }},
      {"position 1, block 0: row_begin is 0, expected", [](Sample& s) { s.blocks[kBlocks].row_begin = 0; }},
      {"row_begin is -9223372036854775808", [](Sample& s) { s.blocks[1].row_begin = INT64_MIN; }},
      {"block 1: row_count is -1, and", [](Sample& s) { s.blocks[1].row_count = -1; }},
      {"block 1: row_count is 9223372036854775807, and", [](Sample& s) { s.blocks[1].row_count = INT64_MAX; }},
      {"row_count of a position's first block is 8, expected 9", [](Sample& s) { s.blocks[0].row_count = 8; }},
      {"remainder_end[0] is -1", [](Sample& s) { s.blocks[2].remainder_end[0] = -1; }},
      {"remainder_end[1] is 1000", [](Sample& s) { s.blocks[2].remainder_end[1] = 1000; }},
      {"remainder_end[3] is 8, expected 9", [](Sample& s) { s.blocks[0].remainder_end[3] = 8; }},
      {"weight_begin is 1, expected 0", [](Sample& s) { s.blocks[0].weight_begin = 1; }},
      {"weight_begin is -4", [](Sample& s) { s.blocks[4].weight_begin = -4; }},
      {"index_begin is 1, expected 0", [](Sample& s) { s.blocks[0].index_begin = 1; }},
      {"row_channels is 0, expected 1, 2, 4 or 8", [](Sample& s) { s.blocks[0].row_channels = 0; }},
      {"row_channels is 3, expected 1, 2, 4 or 8", [](Sample& s) { s.blocks[0].row_channels = 3; }},
      {"row_channels is -2, expected 1, 2, 4 or 8", [](Sample& s) { s.blocks[0].row_channels = -2; }},
      {"row_channels is 16, expected 1, 2, 4 or 8", [](Sample& s) { s.blocks[0].row_channels = 16; }},
      {"row_count of a position's first block is 9, expected 4", [](Sample& s) { s.blocks[0].row_channels = 2; }},
      {"rows are used",
       [](Sample& s) {  // all rows but the last
         PackedFilter::Block& last = s.blocks.back();
         --last.row_count;
         for (uint32_t r = s.rows.back().Remainder(); r < kGroupSize; ++r) --last.remainder_end[r];
       }},
  });
}

TEST(PackedFileFaults, OfTheRows) {
  ExpectRefused({
      {"position 0, block 0: row 0 is of output channel 9, in a block of those from 0 to 8",
       [](Sample& s) { s.rows[0].out_channel = kOut; }},
      {"row 0 is of output channel -1, in a block", [](Sample& s) { s.rows[0].out_channel = -1; }},
      {"row 1 is a second one of output channel", [](Sample& s) { s.rows[1].out_channel = s.rows[0].out_channel; }},
      {"is out of order: rows go by remainder, length and output channel",
       [](Sample& s) {
         PackedRow* const row =
             FindRow(s, s.blocks[0], [](const PackedRow& a, const PackedRow& b) { return a.kept == b.kept; });
         std::swap(row[0].out_channel, row[-1].out_channel);
       }},
      {"remainder_end", [](Sample& s) { ++s.rows[0].kept; }},
      {"channels in a block of 4 channels", [](Sample& s) { s.rows[0].kept += 8; }},
      {"channels in a block of 4 channels", [](Sample& s) { s.rows[0].kept |= 0x80000000; }},
      {"is empty, which only a first block's may be",
       [](Sample& s) {
         // A row of whole groups, which can become empty without changing the remainders.
         const auto is_wanted = [](const PackedFilter::Block& b) {
           return b.first_channel > 0 && b.remainder_end[0] > 0;
         };
         const auto block = std::ranges::find_if(s.blocks, is_wanted);
         ASSERT_NE(block, s.blocks.end()) << "take another seed";
         s.rows[block->row_begin + block->remainder_end[0] - 1].kept = 0;
       }},
      {"channels, and",
       [](Sample& s) {
         s.header.nonzeros -= 1;
         PlaceSections(s.header);
         s.bytes.resize(s.header.file_bytes);
       }},
      {"weights are used",
       [](Sample& s) {  // all but one
         s.header.nonzeros += 1;
         const uint64_t before = s.header.file_bytes;
         PlaceSections(s.header);
         ASSERT_EQ(s.header.file_bytes, before) << "take another seed";
       }},
  });
}

// Blocks of two kinds: of rows for four output channels, and of rows for the last output channel alone.
TEST(PackedFileFaults, OfGroups) {
  std::vector<float> q = RandomFloats(kOut * kIn * 16, kSeed);
  PruneByGroups(0.6, 4, kOut, kSeed + 1, q);
  for (int i = 4 * kIn * 16; i < 8 * kIn * 16; ++i) q[i] = q[i] == 0 ? 1.0f : 0.0f;  // no groups of eight
  ExpectRefused(
      *PackedFilter::Pack(WinogradVariant::kF2K3, kOut, kIn, q, kLayout),
      {
          {"row_count of a position's first block is 2, expected 1", [](Sample& s) { s.blocks[0].row_channels = 8; }},
          {"position 0, block 1: row_channels is 2, expected 1", [](Sample& s) { s.blocks[1].row_channels = 2; }},
          {"position 0, block 1: weight_begin is", [](Sample& s) { s.blocks[1].weight_begin += 4; }},
          {"position 0, block 1: index_begin is", [](Sample& s) { s.blocks[1].index_begin -= 1; }},
          {"row 0 is of output channel 8, in a block of those from 0 to 7",
           [](Sample& s) { s.rows[0].out_channel = 8; }},
          {"row 0 is of output channel 2, with which no group of 4 begins",
           [](Sample& s) { s.rows[0].out_channel = 2; }},
      });
}

// A filter has one packed form: rows serve as many output channels as they can.
TEST(PackedFileFaults, OfRowsThatCouldServeMore) {
  std::vector<float> q(4 * 2 * 16, 0.0f);  // position 0: all four output channels keep input channel 0
  const auto filter = PackedFilter::Pack(WinogradVariant::kF2K3, 4, 2, q, {2, 64});
  ASSERT_TRUE(filter);
  Sample sample(*filter);
  ASSERT_EQ(sample.blocks[15].row_channels, 4);
  // Two rows for two output channels each, where one for four is right.
  std::vector<PackedRow> rows(filter->rows(), filter->rows() + 16);
  rows.push_back({2, 0});
  std::vector<PackedFilter::Block> blocks(filter->parts().blocks.begin(), filter->parts().blocks.end());
  blocks[15].row_channels = 2;
  blocks[15].row_count = 2;
  std::fill_n(blocks[15].remainder_end, kGroupSize, 2);
  PackedFilter::Parts parts = filter->parts();
  parts.rows = rows;
  parts.blocks = blocks;
  const auto borrowed = PackedFilter::Borrow(parts, nullptr);
  ASSERT_FALSE(borrowed);
  EXPECT_THAT(borrowed.error().message(), HasSubstr("position 15, block 0: row_channels is 2, expected 4"));
  parts = filter->parts();
  parts.blocks = parts.blocks.first(15);
  const auto cut = PackedFilter::Borrow(parts, nullptr);
  ASSERT_FALSE(cut);
  EXPECT_THAT(cut.error().message(), HasSubstr("position 15, block 0: is missing"));
}

TEST(PackedFileFaults, OfIndicesAndWeights) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  ExpectRefused({
      {"position 0, block 0: row 0 has an index that is no multiple of channel_stride_bytes / 8, which is 8",
       [](Sample& s) { ++s.indices[0]; }},
      {"that do not ascend", [](Sample& s) { std::swap(IndicesOfALongRow(s)[0], IndicesOfALongRow(s)[1]); }},
      {"that do not ascend", [](Sample& s) { IndicesOfALongRow(s)[1] = IndicesOfALongRow(s)[0]; }},
      {"has index 24, past the 3 channels of the block", [](Sample& s) { s.indices.back() = 24; }},
      {"has index 65528, past the 3 channels of the block", [](Sample& s) { s.indices.back() = 65528; }},
      {"weight 0 is not finite", [](Sample& s) { s.weights[0] = kInfinity; }},
      {"weight 1 is not finite", [](Sample& s) { s.weights[1] = -kInfinity; }},
      {"is not finite", [](Sample& s) { s.weights.back() = std::numeric_limits<float>::quiet_NaN(); }},
      {"weight 3 is 0, which is not stored", [](Sample& s) { s.weights[3] = 0.0f; }},
      {"weight 3 is 0, which is not stored", [](Sample& s) { s.weights[3] = -0.0f; }},
      {"two groups behind weights or indices are not zero", [](Sample& s) { *s.weights.end() = 1; }},
      {"two groups behind weights or indices are not zero",
       [](Sample& s) { (&*s.indices.begin())[s.indices.size() + 7] = 8; }},
  });
}

}  // namespace
}  // namespace winnow::kernels
