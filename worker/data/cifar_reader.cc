#include "worker/data/cifar_reader.h"

#include <string>

#include "base/durable_file.h"

namespace winnow::worker {
namespace {

constexpr int64_t kChannels = 3;
constexpr int64_t kSide = 32;
constexpr int64_t kImageBytes = kChannels * kSide * kSide;
constexpr size_t kMostBytesMore = size_t{32} << 20;  // read of a file that is too long, so that its size can be told

// Bad labels of one file.
struct BadLabels {
  int64_t count = 0;
  int64_t first_record = 0;
  int first_label = 0;
};

Status CheckLabels(const std::filesystem::path& path, const BadLabels& bad, const CifarLayout& layout) {
  if (bad.count == 0) return OkStatus();
  return DataLoss(path.string() + ": expected labels below " + std::to_string(layout.classes) + ", found " +
                  std::to_string(bad.first_label) + " (record " + std::to_string(bad.first_record) + ", from 0)" +
                  (bad.count > 1 ? " and " + std::to_string(bad.count - 1) + " more that are too large" : "") +
                  "; fetch the file again");
}

Status Append(const std::filesystem::path& path, const CifarLayout& layout, ImageSet& set) {
  const int64_t record_bytes = layout.label_bytes + kImageBytes;
  const auto expected = static_cast<size_t>(layout.records_per_file * record_bytes);
  WINNOW_ASSIGN_OR_RETURN_STATUS(const std::string content, ReadFile(path, expected + kMostBytesMore));
  if (content.size() != expected) {
    return DataLoss(path.string() + ": expected " + std::to_string(expected) + " bytes (" +
                    std::to_string(layout.records_per_file) + " records of " + std::to_string(record_bytes) +
                    "), found " + std::to_string(content.size()) + (content.size() < expected ? " (truncated)" : "") +
                    "; fetch the file again");
  }
  BadLabels bad;
  for (int64_t i = 0; i < layout.records_per_file; ++i) {
    const char* pixels = content.data() + i * record_bytes + layout.label_bytes;
    const auto label = static_cast<uint8_t>(pixels[-1]);
    if (label >= layout.classes && bad.count++ == 0) {
      bad.first_record = i;
      bad.first_label = label;
    }
    set.labels.push_back(label);
    set.pixels.insert(set.pixels.end(), pixels, pixels + kImageBytes);
  }
  return CheckLabels(path, bad, layout);
}

}  // namespace

Result<ImageSet> ReadCifar(const std::vector<std::filesystem::path>& files, const CifarLayout& layout) {
  ImageSet set;
  set.count = static_cast<int64_t>(files.size()) * layout.records_per_file;
  set.channels = kChannels;
  set.height = kSide;
  set.width = kSide;
  set.classes = layout.classes;
  set.labels.reserve(static_cast<size_t>(set.count));
  set.pixels.reserve(static_cast<size_t>(set.count * kImageBytes));
  for (const std::filesystem::path& file : files) {
    WINNOW_RETURN_ERR_IF_ERROR(Append(file, layout, set));
  }
  return set;
}

}  // namespace winnow::worker
