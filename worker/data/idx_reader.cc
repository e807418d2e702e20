#include "worker/data/idx_reader.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string_view>

#include "spec/packed_file.h"

namespace winnow::worker {
namespace {

constexpr size_t kMaxBytes = size_t{1} << 32;
constexpr uint32_t kMagicOfBytes = 0x0800;  // unsigned bytes; the lowest byte is the number of dimensions

struct IdxFile {
  std::string content;
  std::vector<uint32_t> sizes;
  std::string_view bytes;  // points into content
};

uint32_t BigEndian32(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  return value;
}

std::string Hex(uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof(text), "0x%08x", value);
  return text;
}

Status Fault(const std::filesystem::path& path, const std::string& expected, const std::string& found) {
  return DataLoss(path.string() + ": expected " + expected + ", found " + found + "; fetch the file again");
}

// Heap-allocated so that `bytes` stays valid when the result moves.
Result<std::unique_ptr<IdxFile>> ReadFileOf(const std::filesystem::path& path, uint32_t dimensions) {
  auto file = std::make_unique<IdxFile>();
  WINNOW_ASSIGN_OR_RETURN(file->content, spec::ReadPackedFile(path, kMaxBytes));
  const std::string& content = file->content;
  const size_t header = 4 + 4 * size_t{dimensions};
  if (content.size() < 4) return Err(Fault(path, "an IDX header", std::to_string(content.size()) + " bytes"));
  const uint32_t magic = BigEndian32(content, 0);
  if (magic != (kMagicOfBytes | dimensions)) {
    return Err(Fault(path, "magic number " + Hex(kMagicOfBytes | dimensions), Hex(magic)));
  }
  if (content.size() < header) {
    return Err(Fault(path, "a header of " + std::to_string(header) + " bytes",
                     std::to_string(content.size()) + " bytes (truncated)"));
  }
  unsigned __int128 product = 1;
  for (uint32_t i = 0; i < dimensions; ++i) {
    file->sizes.push_back(BigEndian32(content, 4 + 4 * size_t{i}));
    product *= file->sizes.back();
    if (product > kMaxBytes) return Err(Fault(path, "at most 4 GiB of bytes", "dimensions that ask for more"));
  }
  const size_t expected = header + static_cast<size_t>(product);
  if (content.size() != expected) {
    return Err(Fault(path, std::to_string(expected) + " bytes (its header says so)",
                     std::to_string(content.size()) + (content.size() < expected ? " (truncated)" : "")));
  }
  file->bytes = std::string_view(content).substr(header);
  return file;
}

}  // namespace

Result<ImageSet> ReadIdx(const std::filesystem::path& images, const std::filesystem::path& labels, int64_t classes) {
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<IdxFile> image_file, ReadFileOf(images, 3));
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<IdxFile> label_file, ReadFileOf(labels, 1));
  if (image_file->sizes[0] != label_file->sizes[0]) {
    return Err(Fault(labels, std::to_string(image_file->sizes[0]) + " labels, as many as images in " + images.string(),
                     std::to_string(label_file->sizes[0])));
  }
  const std::string_view bytes = label_file->bytes;
  const auto too_large = [classes](char label) { return static_cast<uint8_t>(label) >= classes; };
  if (const auto first = std::find_if(bytes.begin(), bytes.end(), too_large); first != bytes.end()) {
    const int64_t more = std::count_if(first + 1, bytes.end(), too_large);
    return Err(Fault(labels, "labels below " + std::to_string(classes),
                     std::to_string(static_cast<uint8_t>(*first)) + " (label " + std::to_string(first - bytes.begin()) +
                         ", from 0)" + (more > 0 ? " and " + std::to_string(more) + " more that are too large" : "")));
  }
  ImageSet set;
  set.count = image_file->sizes[0];
  set.channels = 1;
  set.height = image_file->sizes[1];
  set.width = image_file->sizes[2];
  set.classes = classes;
  set.pixels.assign(image_file->bytes.begin(), image_file->bytes.end());
  for (const char label : label_file->bytes) set.labels.push_back(static_cast<uint8_t>(label));
  return set;
}

}  // namespace winnow::worker
