// Files that may lie on disk as they are or packed with gzip under their name and ".gz".
#ifndef SPEC_PACKED_FILE_H_
#define SPEC_PACKED_FILE_H_

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace winnow::spec {

// `path` where it is a file, else `path` + ".gz" where that is one. kNotFound names both.
Result<std::filesystem::path> FindPackedFile(const std::filesystem::path& path);

// Calls `take` with the content of the file that FindPackedFile(path) finds, unpacked, piece by piece.
//
// Errors   kNotFound       neither form is there
//          kDataLoss       a damaged or truncated .gz file
//          kUnimplemented  a .gz file, in a build without zlib
Status ReadPackedFile(const std::filesystem::path& path, const std::function<void(std::string_view)>& take);

// The whole content. kResourceExhausted over `max_bytes`.
Result<std::string> ReadPackedFile(const std::filesystem::path& path, size_t max_bytes);

}  // namespace winnow::spec

#endif  // SPEC_PACKED_FILE_H_
