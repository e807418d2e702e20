// The bytes of an image's file.
#ifndef WORKER_DATA_IMAGE_FILE_H_
#define WORKER_DATA_IMAGE_FILE_H_

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/result.h"

namespace winnow::worker {

// At most `most` of them, from the beginning. kNotFound and other codes of the system's errors, with the path.
inline Result<std::vector<uint8_t>> ReadImageFile(const std::filesystem::path& path, size_t most) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (file == nullptr) return Err(ErrnoStatus(errno, "cannot open " + path.string()));
  constexpr size_t kPiece = size_t{1} << 16;
  std::vector<uint8_t> bytes;
  while (bytes.size() < most) {
    const size_t before = bytes.size(), wanted = std::min(kPiece, most - before);
    bytes.resize(before + wanted);
    const size_t got = std::fread(bytes.data() + before, 1, wanted, file.get());
    bytes.resize(before + got);
    if (got < wanted) break;
  }
  if (std::ferror(file.get()) != 0) return Err(ErrnoStatus(errno, "cannot read " + path.string()));
  return bytes;
}

}  // namespace winnow::worker

#endif  // WORKER_DATA_IMAGE_FILE_H_
