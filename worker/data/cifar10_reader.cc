#include "worker/data/cifar10_reader.h"

#include "base/durable_file.h"

namespace winnow::worker {
namespace {

constexpr int64_t kChannels = 3;
constexpr int64_t kSide = 32;
constexpr int64_t kClasses = 10;
constexpr size_t kImageBytes = kChannels * kSide * kSide;
constexpr size_t kRecordBytes = 1 + kImageBytes;

Status Append(const std::filesystem::path& path, int64_t records, ImageSet& set) {
  const size_t expected = static_cast<size_t>(records) * kRecordBytes;
  WINNOW_ASSIGN_OR_RETURN_STATUS(const std::string content, ReadFile(path, expected + kRecordBytes * size_t{10000}));
  if (content.size() != expected) {
    return DataLoss(path.string() + ": expected " + std::to_string(expected) + " bytes (" + std::to_string(records) +
                    " records of " + std::to_string(kRecordBytes) + "), found " + std::to_string(content.size()) +
                    (content.size() < expected ? " (truncated)" : "") + "; fetch the file again");
  }
  for (int64_t i = 0; i < records; ++i) {
    const char* record = content.data() + static_cast<size_t>(i) * kRecordBytes;
    const auto label = static_cast<uint8_t>(record[0]);
    if (label >= kClasses) {
      return DataLoss(path.string() + ": expected labels below " + std::to_string(kClasses) + ", found " +
                      std::to_string(label) + " (record " + std::to_string(i) + ", from 0); fetch the file again");
    }
    set.labels.push_back(label);
    set.pixels.insert(set.pixels.end(), record + 1, record + kRecordBytes);
  }
  return OkStatus();
}

}  // namespace

Result<ImageSet> ReadCifar10(const std::vector<std::filesystem::path>& files, int64_t records_per_file) {
  ImageSet set;
  set.count = static_cast<int64_t>(files.size()) * records_per_file;
  set.channels = kChannels;
  set.height = kSide;
  set.width = kSide;
  set.classes = kClasses;
  set.labels.reserve(static_cast<size_t>(set.count));
  set.pixels.reserve(static_cast<size_t>(set.count) * kImageBytes);
  for (const std::filesystem::path& file : files) {
    WINNOW_RETURN_ERR_IF_ERROR(Append(file, records_per_file, set));
  }
  return set;
}

}  // namespace winnow::worker
