// Small data files, good and bad, for tests.
#ifndef TESTS_UNIT_WORKER_DATA_DATA_FILES_H_
#define TESTS_UNIT_WORKER_DATA_DATA_FILES_H_

#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace winnow::worker {

inline void WriteRaw(const std::filesystem::path& path, std::string_view content) {
  std::ofstream(path, std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
}

// One gzip member with `content`.
inline std::string Gzip(std::string_view content) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, content.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

inline std::string BigEndian(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

// An IDX file of bytes 0, 1, 2, ... modulo `modulus`.
inline std::string IdxContent(const std::vector<uint32_t>& sizes, int modulus) {
  std::string content = BigEndian(0x0800 | static_cast<uint32_t>(sizes.size()));
  size_t count = 1;
  for (const uint32_t size : sizes) {
    content += BigEndian(size);
    count *= size;
  }
  for (size_t i = 0; i < count; ++i) content += static_cast<char>(static_cast<int>(i) % modulus);
  return content;
}

// CIFAR-10 records; record r has label (r + first) % 10 and pixels r % 251.
inline std::string CifarContent(int records, int first = 0) {
  std::string content;
  for (int r = 0; r < records; ++r) {
    content += static_cast<char>((r + first) % 10);
    content += std::string(3072, static_cast<char>(r % 251));
  }
  return content;
}

}  // namespace winnow::worker

#endif  // TESTS_UNIT_WORKER_DATA_DATA_FILES_H_
