#include "worker/agent/data_places.h"

#include <algorithm>

#include "spec/data_digest.h"
#include "spec/image_files.h"
#include "worker/agent/folder_digests.h"

namespace winnow::worker {
namespace {

namespace fs = std::filesystem;

bool IsThere(const fs::path& folder, const std::string& name) {
  std::error_code ignored;
  return fs::is_regular_file(folder / name, ignored) || fs::is_regular_file(folder / (name + ".gz"), ignored);
}

std::vector<std::string> Names(const spec::DataSet& data_set) {
  std::vector<std::string> names = data_set.train_files;
  names.insert(names.end(), data_set.test_files.begin(), data_set.test_files.end());
  return names;
}

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::vector<fs::path> Candidates(const fs::path& root, const spec::DataSet& data_set) {
  std::vector<fs::path> folders;
  for (const fs::path& base : {root / data_set.name, root}) {
    for (const std::string& below : data_set.folders) folders.push_back(below.empty() ? base : base / below);
  }
  return folders;
}

// The root and the folders in it that hold images by class, in the order of their names.
std::vector<fs::path> ImageFolders(const fs::path& root) {
  std::vector<fs::path> candidates{root}, folders;
  std::error_code error;
  for (fs::directory_iterator entry(root, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) candidates.push_back(entry->path());
  }
  std::sort(candidates.begin() + 1, candidates.end());
  for (const fs::path& candidate : candidates) {
    std::error_code ignored;
    if (spec::IsImageFolder(candidate)) folders.push_back(fs::absolute(candidate, ignored));
  }
  return folders;
}

}  // namespace

void DataPlaces::FindImages(const fs::path& root, FolderDigests& digests, std::vector<std::string>& warnings) {
  const std::string name(spec::kImageFolder);
  for (const fs::path& folder : ImageFolders(root)) {
    const Result<std::string> digest = digests.Find(folder);
    if (!digest) {
      warnings.push_back("the images in " + folder.string() + " are not offered: " + digest.error().message());
    } else if (!Folder(name, *digest)) {
      found_.push_back({name, *digest, folder});
    }
  }
}

DataPlaces DataPlaces::Find(const std::vector<fs::path>& roots, const std::vector<spec::DataSet>& catalogue,
                            std::vector<std::string>& warnings, const fs::path& memory) {
  DataPlaces places;
  for (const spec::DataSet& data_set : catalogue) {
    const std::vector<std::string> names = Names(data_set);
    for (const fs::path& root : roots) {
      for (const fs::path& relative : Candidates(root, data_set)) {
        std::error_code ignored;
        const fs::path folder = fs::absolute(relative, ignored);
        std::vector<std::string> missing;
        for (const std::string& name : names) {
          if (!IsThere(folder, name)) missing.push_back(name);
        }
        if (missing.size() == names.size()) continue;
        if (!missing.empty()) {
          warnings.push_back("data set " + data_set.name + " in " + folder.string() + " is incomplete, without " +
                             Joined(missing) + "; it is not offered");
          continue;
        }
        const Result<std::string> digest = spec::DataDigest(folder, names);
        if (!digest) {
          warnings.push_back("data set " + data_set.name + " is not offered: " + digest.error().message());
          continue;
        }
        if (!data_set.digest.empty() && *digest != data_set.digest) {
          warnings.push_back("data set " + data_set.name + " in " + folder.string() + " (" + Joined(names) +
                             ") is not the published one: its digest is " + *digest + ", expected " + data_set.digest +
                             "; only sweeps that name this digest can use it");
        }
        if (!places.Folder(data_set.name, *digest)) places.found_.push_back({data_set.name, *digest, folder});
      }
    }
  }
  FolderDigests digests(memory);
  for (const fs::path& root : roots) places.FindImages(root, digests, warnings);
  return places;
}

std::optional<fs::path> DataPlaces::Folder(std::string_view name, std::string_view digest) const {
  const auto it = std::find_if(found_.begin(), found_.end(),
                               [&](const FoundData& data) { return data.name == name && data.digest == digest; });
  if (it == found_.end()) return std::nullopt;
  return it->folder;
}

}  // namespace winnow::worker
