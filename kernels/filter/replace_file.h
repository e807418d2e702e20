// Writing a file that is there whole or not at all. (base/durable_file.h does the same for programs; the kernels stand
// without it.)
#ifndef KERNELS_FILTER_REPLACE_FILE_H_
#define KERNELS_FILTER_REPLACE_FILE_H_

#include <cstddef>
#include <filesystem>
#include <span>

#include "base/status.h"

namespace winnow::kernels {

// Makes `bytes` the content of `path`. Who has the old file mapped keeps it.
//
// Durability  temporary file beside it, fsync, rename, fsync of the folder. On failure an old file is untouched and no
//             temporary file stays behind.
// Errors      as ErrnoStatus: kNotFound for no such folder, kPermissionDenied, kResourceExhausted for a full disk
Status ReplaceFile(const std::filesystem::path& path, std::span<const std::byte> bytes);

}  // namespace winnow::kernels

#endif  // KERNELS_FILTER_REPLACE_FILE_H_
