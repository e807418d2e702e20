#include "worker/data/image_folder.h"

#include <algorithm>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "worker/data/image_decoder.h"
#include "worker/data/image_file.h"
#include "worker/data/worker_pool.h"

namespace winnow::worker {
namespace {

namespace fs = std::filesystem;

constexpr size_t kNamed = 5;                      // of the unreadable files
constexpr size_t kHeaderBytes = size_t{1} << 16;  // where a size nearly always stands

Status CheckHeader(const fs::path& path) {
  for (const size_t most : {kHeaderBytes, SIZE_MAX}) {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::vector<uint8_t> beginning, ReadImageFile(path, most));
    const Result<ImageSize> size = ReadImageSize(beginning);
    if (size) return OkStatus();
    if (beginning.size() < most) return size.error();
  }
  return OkStatus();
}

// All files, several at a time: reading headers waits for the disk more than it computes.
Status CheckFiles(const std::vector<fs::path>& files) {
  std::mutex mutex;
  std::vector<std::pair<size_t, std::string>> faults;
  WorkerPool pool(static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
  pool.Run(static_cast<int64_t>(files.size()), [&](int64_t i) {
    const Status status = CheckHeader(files[static_cast<size_t>(i)]);
    if (status.ok()) return;
    const std::lock_guard lock(mutex);
    faults.emplace_back(static_cast<size_t>(i), status.message());
  });
  if (faults.empty()) return OkStatus();
  std::sort(faults.begin(), faults.end());
  std::string text = std::to_string(faults.size()) + " of " + std::to_string(files.size()) + " images cannot be read:";
  for (size_t i = 0; i < std::min(faults.size(), kNamed); ++i) {
    text += std::string(i == 0 ? " " : "; ") + files[faults[i].first].string() + ": " + faults[i].second;
  }
  if (faults.size() > kNamed) text += "; and " + std::to_string(faults.size() - kNamed) + " more";
  return DataLoss(text + "; fetch them again or remove them, and take the digest anew");
}

}  // namespace

Result<ImageSet> ReadImageFolder(const fs::path& folder, spec::ImageSplit split, int64_t classes, int64_t side) {
  if (!CanDecodeImages()) return Err(ReadImageSize({}).error());
  WINNOW_ASSIGN_OR_RETURN(const spec::ImageFolderFiles files, spec::ListImageFolder(folder));
  if (static_cast<int64_t>(files.classes.size()) != classes) {
    return Err(DataLoss((folder / "train").string() + ": expected " + std::to_string(classes) +
                        " classes (data.classes), found " + std::to_string(files.classes.size()) +
                        " folders: " + files.classes.front() + " to " + files.classes.back()));
  }
  const std::vector<spec::ImageFile>& chosen = split == spec::ImageSplit::kTrain ? files.train : files.test;
  ImageSet set;
  set.count = static_cast<int64_t>(chosen.size());
  set.channels = 3;
  set.height = set.width = side;
  set.classes = classes;
  for (const spec::ImageFile& file : chosen) {
    set.files.push_back(folder / file.path);
    set.labels.push_back(static_cast<uint16_t>(file.label));
  }
  WINNOW_RETURN_ERR_IF_ERROR(CheckFiles(set.files));
  return set;
}

}  // namespace winnow::worker
