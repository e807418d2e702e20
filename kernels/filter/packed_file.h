// Packed filters in files that are used where they are mapped: docs/formats.md section 10.
#ifndef KERNELS_FILTER_PACKED_FILE_H_
#define KERNELS_FILTER_PACKED_FILE_H_

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "kernels/filter/packed_filter.h"

namespace winnow::kernels {

// The content of the file; equal filters make equal bytes.
std::vector<std::byte> SerializePackedFilter(const PackedFilter& filter);

// Durability  the file is there whole or not at all, also after a power cut; an old one is replaced at once
// Errors      ReplaceFile()'s
Status WritePackedFilter(const PackedFilter& filter, const std::filesystem::path& path);

// The filter of a file, without a copy of its coefficients; everything in it is checked first. While the filter or a
// plan made from it lives the file may be replaced or removed, but must not be written to.
//
// kDataLoss   no packed filter, cut off, of another version, changed, or not what PackedFilter promises; the message
//             names file, place and fault
// kNotFound and others  MapFile()'s
Result<PackedFilter> MapPackedFilter(const std::filesystem::path& path);

// The same of bytes in memory, which `owner` keeps alive and unchanged.
//
// kInvalidArgument  `bytes` does not begin at a multiple of 8
Result<PackedFilter> ParsePackedFilter(std::span<const std::byte> bytes, std::shared_ptr<const void> owner);

}  // namespace winnow::kernels

#endif  // KERNELS_FILTER_PACKED_FILE_H_
