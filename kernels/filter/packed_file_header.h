// How a packed filter's file begins: docs/formats.md section 10. Internal to kernels/filter and its tests.
#ifndef KERNELS_FILTER_PACKED_FILE_HEADER_H_
#define KERNELS_FILTER_PACKED_FILE_HEADER_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/filter/packed_filter.h"

namespace winnow::kernels {

inline constexpr std::array<char, 8> kPackedFileMagic = {'W', 'I', 'N', 'N', 'O', 'W', 'P', 'F'};
inline constexpr uint32_t kPackedFileVersion = 2;
inline constexpr uint64_t kSectionAlignment = 64;

// Sections follow in the order of their offsets, each at the next multiple of kSectionAlignment; what lies between is
// zero, and so is the end up to such a multiple. Offsets and sizes are in bytes from the beginning of the file.
struct PackedFileHeader {
  std::array<char, 8> magic = kPackedFileMagic;
  uint32_t version = kPackedFileVersion;
  uint32_t header_bytes = 136;
  uint64_t checksum = 0;  // XXH64 of everything behind it
  uint64_t file_bytes = 0;
  uint32_t tile_size = 0;  // m of the variant
  uint32_t group_size = kGroupSize;
  uint64_t out_channels = 0;
  uint64_t in_channels = 0;
  uint64_t channel_block = 0;
  uint64_t channel_stride_bytes = 0;
  uint64_t block_count = 0;
  uint64_t row_count = 0;
  uint64_t nonzeros = 0;
  uint64_t blocks_offset = 0;   // block_count PackedFilter::Block
  uint64_t rows_offset = 0;     // row_count PackedRow
  uint64_t weights_offset = 0;  // nonzeros floats, and PackedFilter::kSlack zeros
  uint64_t indices_offset = 0;  // index_count u16, and as many zeros
  uint64_t index_count = 0;
};

// The file is used where it is mapped, so its structures are those of memory.
static_assert(std::endian::native == std::endian::little, "packed filter files are little-endian");
static_assert(sizeof(PackedFileHeader) == 136 && std::has_unique_object_representations_v<PackedFileHeader>);
static_assert(sizeof(PackedFilter::Block) == 64 && std::has_unique_object_representations_v<PackedFilter::Block>);
static_assert(sizeof(PackedRow) == 8 && std::has_unique_object_representations_v<PackedRow>);

// The bytes that the checksum covers.
inline constexpr size_t kChecksummedFrom = offsetof(PackedFileHeader, checksum) + sizeof(PackedFileHeader::checksum);

// Fills in the offsets and file_bytes that follow from the counts, which must each be at most 2^48.
constexpr void PlaceSections(PackedFileHeader& header) {
  const auto aligned = [](uint64_t bytes) {
    return (bytes + kSectionAlignment - 1) / kSectionAlignment * kSectionAlignment;
  };
  header.blocks_offset = aligned(sizeof(PackedFileHeader));
  header.rows_offset = aligned(header.blocks_offset + header.block_count * sizeof(PackedFilter::Block));
  header.weights_offset = aligned(header.rows_offset + header.row_count * sizeof(PackedRow));
  header.indices_offset = aligned(header.weights_offset + (header.nonzeros + PackedFilter::kSlack) * sizeof(float));
  header.file_bytes = aligned(header.indices_offset + (header.index_count + PackedFilter::kSlack) * sizeof(uint16_t));
}

}  // namespace winnow::kernels

#endif  // KERNELS_FILTER_PACKED_FILE_HEADER_H_
