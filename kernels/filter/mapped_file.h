// A file's bytes without a copy of them.
#ifndef KERNELS_FILTER_MAPPED_FILE_H_
#define KERNELS_FILTER_MAPPED_FILE_H_

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "base/result.h"

namespace winnow::kernels {

// Read-only; begins at a page. While it is mapped the file may be replaced or removed, but not written to or cut off:
// the first changes what was checked, the second ends the program with SIGBUS.
//
// Ownership  of the mapping is with `owner` and its copies.
struct MappedFile {
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;
};

// kNotFound            there is no such file
// kPermissionDenied    it may not be read
// kFailedPrecondition  a folder, a pipe or another thing that cannot be mapped
Result<MappedFile> MapFile(const std::filesystem::path& path);

}  // namespace winnow::kernels

#endif  // KERNELS_FILTER_MAPPED_FILE_H_
