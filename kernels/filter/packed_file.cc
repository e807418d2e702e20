#include "kernels/filter/packed_file.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "kernels/filter/mapped_file.h"
#include "kernels/filter/packed_file_header.h"
#include "kernels/filter/replace_file.h"
#include "kernels/filter/xxh64.h"

namespace winnow::kernels {
namespace {

constexpr std::string_view kRemedy = "; pack the filter again";

Status Damaged(const std::string& what) {
  return DataLoss(std::string("packed filter file: ").append(what).append(kRemedy));
}

std::string Expected(const char* what, uint64_t found, uint64_t expected) {
  return std::string(what) + " is " + std::to_string(found) + ", expected " + std::to_string(expected);
}

// Magic and version first, because they decide what the rest means.
Result<PackedFileHeader> ReadHeader(std::span<const std::byte> bytes) {
  PackedFileHeader header;
  std::ranges::copy(bytes.first(std::min(bytes.size(), sizeof header)),
                    std::as_writable_bytes(std::span(&header, 1)).begin());
  if (bytes.size() >= sizeof header.magic && header.magic != kPackedFileMagic) {
    return Err(Damaged("it does not begin with WINNOWPF, so it is no packed filter"));
  }
  constexpr size_t kVersionEnd = offsetof(PackedFileHeader, version) + sizeof header.version;
  if (bytes.size() >= kVersionEnd && header.version != kPackedFileVersion) {
    return Err(Damaged("it is of version " + std::to_string(header.version) + ", and this program reads version " +
                       std::to_string(kPackedFileVersion)));
  }
  if (bytes.size() < sizeof header) {
    return Err(Damaged("it is cut off: it has " + std::to_string(bytes.size()) + " bytes, its header alone takes " +
                       std::to_string(sizeof header)));
  }
  if (header.header_bytes != sizeof header) {
    return Err(Damaged(Expected("header_bytes", header.header_bytes, sizeof header)));
  }
  if (header.file_bytes != bytes.size()) {
    return Err(Damaged("it has " + std::to_string(bytes.size()) + " bytes and its header says " +
                       std::to_string(header.file_bytes) + ": it is cut off or something was appended"));
  }
  if (Xxh64(bytes.subspan(kChecksummedFrom)) != header.checksum) {
    return Err(Damaged("its checksum does not match, so it was changed after it was written"));
  }
  return header;
}

// Afterwards every section lies within the file.
Status CheckSections(const PackedFileHeader& header) {
  for (const auto& [name, count, size] : {std::tuple("block_count", header.block_count, sizeof(PackedFilter::Block)),
                                          {"row_count", header.row_count, sizeof(PackedRow)},
                                          {"nonzeros", header.nonzeros, sizeof(float)},
                                          {"index_count", header.index_count, sizeof(uint16_t)}}) {
    if (count <= header.file_bytes / size) continue;
    return Damaged(std::string(name) + " is " + std::to_string(count) + ", more than fit into the file's " +
                   std::to_string(header.file_bytes) + " bytes");
  }
  PackedFileHeader expected = header;
  PlaceSections(expected);
  for (const auto& [name, member] : {std::pair("blocks_offset", &PackedFileHeader::blocks_offset),
                                     {"rows_offset", &PackedFileHeader::rows_offset},
                                     {"weights_offset", &PackedFileHeader::weights_offset},
                                     {"indices_offset", &PackedFileHeader::indices_offset},
                                     {"file_bytes", &PackedFileHeader::file_bytes}}) {
    if (header.*member != expected.*member) return Damaged(Expected(name, header.*member, expected.*member));
  }
  return OkStatus();
}

template <typename T>
std::span<const T> SectionOf(std::span<const std::byte> bytes, uint64_t offset, uint64_t count) {
  return {reinterpret_cast<const T*>(bytes.data() + offset), count};
}

Status CheckZeros(std::span<const std::byte> bytes, const void* from, uint64_t to) {
  const auto begin = static_cast<size_t>(static_cast<const std::byte*>(from) - bytes.data());
  for (size_t i = begin; i < to; ++i) {
    if (bytes[i] != std::byte{0}) return Damaged("byte " + std::to_string(i) + ", between sections, is not 0");
  }
  return OkStatus();
}

// So that equal filters are equal files.
Status CheckPadding(std::span<const std::byte> bytes, const PackedFileHeader& header,
                    const PackedFilter::Parts& parts) {
  WINNOW_RETURN_IF_ERROR(CheckZeros(bytes, bytes.data() + sizeof header, header.blocks_offset));
  WINNOW_RETURN_IF_ERROR(CheckZeros(bytes, parts.blocks.data() + parts.blocks.size(), header.rows_offset));
  WINNOW_RETURN_IF_ERROR(CheckZeros(bytes, parts.rows.data() + parts.rows.size(), header.weights_offset));
  WINNOW_RETURN_IF_ERROR(CheckZeros(bytes, parts.weights.data() + parts.weights.size(), header.indices_offset));
  return CheckZeros(bytes, parts.indices.data() + parts.indices.size(), header.file_bytes);
}

// A number that may have any value in a file, as the checks of PackedFilter want it: what is too large for them stays
// too large.
int64_t Signed(uint64_t value) { return static_cast<int64_t>(std::min(value, uint64_t{INT64_MAX})); }

}  // namespace

std::vector<std::byte> SerializePackedFilter(const PackedFilter& filter) {
  const PackedFilter::Parts& parts = filter.parts();
  PackedFileHeader header;
  header.tile_size = static_cast<uint32_t>(TileOutputs(parts.variant));
  header.out_channels = static_cast<uint64_t>(parts.out_channels);
  header.in_channels = static_cast<uint64_t>(parts.in_channels);
  header.channel_block = static_cast<uint64_t>(parts.layout.channel_block);
  header.channel_stride_bytes = static_cast<uint64_t>(parts.layout.channel_stride_bytes);
  header.block_count = parts.blocks.size();
  header.row_count = parts.rows.size();
  header.nonzeros = static_cast<uint64_t>(filter.Nonzeros());
  header.index_count = parts.indices.size() - PackedFilter::kSlack;
  PlaceSections(header);
  std::vector<std::byte> bytes(header.file_bytes);
  const auto put = [&bytes](uint64_t offset, auto section) {
    std::memcpy(bytes.data() + offset, section.data(), section.size_bytes());
  };
  put(header.blocks_offset, parts.blocks);
  put(header.rows_offset, parts.rows);
  put(header.weights_offset, parts.weights);
  put(header.indices_offset, parts.indices);
  put(0, std::span(&header, 1));
  header.checksum = Xxh64(std::span(bytes).subspan(kChecksummedFrom));
  put(0, std::span(&header, 1));
  return bytes;
}

Status WritePackedFilter(const PackedFilter& filter, const std::filesystem::path& path) {
  return ReplaceFile(path, SerializePackedFilter(filter));
}

Result<PackedFilter> MapPackedFilter(const std::filesystem::path& path) {
  WINNOW_ASSIGN_OR_RETURN(const MappedFile file, MapFile(path));
  Result<PackedFilter> filter = ParsePackedFilter(file.bytes, file.owner);
  if (!filter) return Err(filter.error().WithContext(path.string()));
  return filter;
}

Result<PackedFilter> ParsePackedFilter(std::span<const std::byte> bytes, std::shared_ptr<const void> owner) {
  if (reinterpret_cast<uintptr_t>(bytes.data()) % alignof(PackedFilter::Block) != 0) {
    return Err(InvalidArgument("packed filter in memory: its address must be a multiple of " +
                               std::to_string(alignof(PackedFilter::Block))));
  }
  WINNOW_ASSIGN_OR_RETURN(const PackedFileHeader header, ReadHeader(bytes));
  PackedFilter::Parts parts;
  const auto variant = std::ranges::find(kAllVariants, static_cast<int64_t>(header.tile_size), TileOutputs);
  if (variant == kAllVariants.end()) {
    return Err(Damaged("tile_size is " + std::to_string(header.tile_size) + ", expected 2 or 4"));
  }
  if (header.group_size != kGroupSize) return Err(Damaged(Expected("group_size", header.group_size, kGroupSize)));
  WINNOW_RETURN_ERR_IF_ERROR(CheckSections(header));
  parts.variant = *variant;
  parts.out_channels = Signed(header.out_channels);
  parts.in_channels = Signed(header.in_channels);
  parts.layout = {Signed(header.channel_block), Signed(header.channel_stride_bytes)};
  parts.blocks = SectionOf<PackedFilter::Block>(bytes, header.blocks_offset, header.block_count);
  parts.rows = SectionOf<PackedRow>(bytes, header.rows_offset, header.row_count);
  parts.weights = SectionOf<float>(bytes, header.weights_offset, header.nonzeros + PackedFilter::kSlack);
  parts.indices = SectionOf<uint16_t>(bytes, header.indices_offset, header.index_count + PackedFilter::kSlack);
  WINNOW_RETURN_ERR_IF_ERROR(CheckPadding(bytes, header, parts));
  return PackedFilter::Borrow(parts, std::move(owner));
}

}  // namespace winnow::kernels
