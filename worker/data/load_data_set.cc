#include "worker/data/load_data_set.h"

#include <algorithm>
#include <string>
#include <vector>

#include "spec/packed_file.h"
#include "worker/data/batch_order.h"
#include "worker/data/cifar_reader.h"
#include "worker/data/idx_reader.h"
#include "worker/data/image_folder.h"

namespace winnow::worker {
namespace {

// The folder below `root` that has all of `files`; where there is none, what is missing from each.
Result<std::filesystem::path> FindFolder(const spec::DataSet& data_set, const std::filesystem::path& root,
                                         const std::vector<std::string>& files) {
  std::string missing;
  for (const std::string& below : data_set.folders) {
    const std::filesystem::path folder = below.empty() ? root : root / below;
    std::string here;
    for (const std::string& file : files) {
      if (!spec::FindPackedFile(folder / file)) here += (here.empty() ? "" : ", ") + file;
    }
    if (here.empty()) return folder;
    missing += (missing.empty() ? "" : "; ") + folder.string() + " lacks " + here;
  }
  return Err(NotFound("data set " + data_set.name + " is not in " + root.string() + ": " + missing +
                      "; point --data-root at its folder"));
}

Status CheckSizes(const spec::DataSet& data_set, const std::filesystem::path& folder, int64_t expected_count,
                  const ImageSet& set) {
  auto describe = [](int64_t count, int64_t channels, int64_t height, int64_t width) {
    return std::to_string(count) + " images of " + std::to_string(channels) + "x" + std::to_string(height) + "x" +
           std::to_string(width);
  };
  const std::string expected = describe(expected_count, data_set.channels, data_set.file_height, data_set.file_width);
  const std::string found = describe(set.count, set.channels, set.height, set.width);
  if (expected == found) return OkStatus();
  return DataLoss("data set " + data_set.name + " in " + folder.string() + ": expected " + expected + ", found " +
                  found);
}

// Keeps images `chosen`, in that order.
ImageSet Select(const ImageSet& set, const std::vector<uint32_t>& chosen) {
  ImageSet part = set;
  part.count = static_cast<int64_t>(chosen.size());
  part.pixels.clear();
  part.labels.clear();
  part.files.clear();
  part.pixels.reserve(chosen.size() * static_cast<size_t>(set.image_size()));
  part.labels.reserve(chosen.size());
  for (const uint32_t index : chosen) {
    part.labels.push_back(set.labels[index]);
    if (!set.files.empty()) {
      part.files.push_back(set.files[index]);
      continue;
    }
    const std::span<const uint8_t> image = set.image(index);
    part.pixels.insert(part.pixels.end(), image.begin(), image.end());
  }
  return part;
}

Status CheckLimit(const spec::DataSet& data_set, int64_t limit, int64_t count) {
  if (limit >= 0 && limit <= count) return OkStatus();
  return InvalidArgument("a limit of " + std::to_string(limit) + " images of " + data_set.name +
                         " is outside 0 (all) to " + std::to_string(count));
}

// A training split that the held-out images leave room for.
Status CheckHeldOut(const spec::DataSet& data_set, int64_t limit, int64_t held_out, int64_t count) {
  const int64_t trained = std::max<int64_t>(limit, 1);
  if (held_out >= 0 && held_out <= count - trained) return OkStatus();
  return InvalidArgument(std::to_string(held_out) + " held-out images of " + data_set.name + " are outside 0 to " +
                         std::to_string(count - trained) + ": " + std::to_string(trained) + " of " +
                         std::to_string(count) + " are trained on");
}

Result<ImageSet> ReadFolder(const spec::DataSet& data_set, const std::filesystem::path& folder, Split split) {
  const spec::ImageSplit which = split == Split::kTest ? spec::ImageSplit::kTest : spec::ImageSplit::kTrain;
  return ReadImageFolder(folder, which, data_set.classes, data_set.height);
}

// From files of the catalogue.
Result<ImageSet> ReadFiles(const spec::DataSet& data_set, const std::filesystem::path& folder, Split split) {
  const bool train = split != Split::kTest;
  const int64_t count = train ? data_set.train_images : data_set.test_images;
  const std::vector<std::string>& names = train ? data_set.train_files : data_set.test_files;
  WINNOW_ASSIGN_OR_RETURN(const std::filesystem::path found, FindFolder(data_set, folder, names));
  ImageSet set;
  if (data_set.format == spec::DataFormat::kIdx) {
    WINNOW_ASSIGN_OR_RETURN(set, ReadIdx(found / names[0], found / names[1], data_set.classes));
  } else {
    std::vector<std::filesystem::path> files;
    for (const std::string& name : names) files.push_back(found / name);
    WINNOW_ASSIGN_OR_RETURN(set, ReadCifar(files, {.label_bytes = data_set.label_bytes,
                                                   .classes = data_set.classes,
                                                   .records_per_file = count / static_cast<int64_t>(files.size())}));
  }
  WINNOW_RETURN_ERR_IF_ERROR(CheckSizes(data_set, found, count, set));
  return set;
}

}  // namespace

Result<ImageSet> LoadDataSet(const spec::DataSet& data_set, const std::filesystem::path& folder, Split split,
                             int64_t limit, int64_t held_out) {
  const bool train = split != Split::kTest;
  if (split == Split::kHeldOut) limit = 0;
  const bool is_folder = data_set.format == spec::DataFormat::kImageFolder;
  if (!is_folder) {
    WINNOW_RETURN_ERR_IF_ERROR(CheckLimit(data_set, limit, train ? data_set.train_images : data_set.test_images));
  }
  WINNOW_ASSIGN_OR_RETURN(ImageSet set,
                          is_folder ? ReadFolder(data_set, folder, split) : ReadFiles(data_set, folder, split));
  WINNOW_RETURN_ERR_IF_ERROR(CheckLimit(data_set, limit, set.count));
  if (train) WINNOW_RETURN_ERR_IF_ERROR(CheckHeldOut(data_set, limit, held_out, set.count));
  if (split == Split::kHeldOut) return Select(set, HeldOutSubset(set.count, held_out));
  if (train && held_out > 0) return Select(set, TrainingSubset(set.count, limit, held_out));
  if (limit == 0 || limit == set.count) return set;

  std::vector<uint32_t> chosen = TrainingSubset(set.count, train ? limit : 0);
  chosen.resize(static_cast<size_t>(limit));
  return Select(set, chosen);
}

}  // namespace winnow::worker
