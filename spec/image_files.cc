#include "spec/image_files.h"

#include <algorithm>
#include <system_error>

#include "base/status.h"

namespace winnow::spec {
namespace {

namespace fs = std::filesystem;

bool IsImageName(const std::string& name) {
  std::string extension = fs::path(name).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); });
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png";
}

// Names in a folder for which `wanted` holds, sorted; none where it cannot be read.
template <typename Wanted>
std::vector<std::string> NamesIn(const fs::path& folder, const Wanted& wanted) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (!name.starts_with(".") && wanted(*entry)) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> FoldersIn(const fs::path& folder) {
  return NamesIn(folder, [](const fs::directory_entry& entry) {
    std::error_code ignored;
    return entry.is_directory(ignored);
  });
}

std::vector<std::string> ImagesIn(const fs::path& folder) {
  return NamesIn(folder, [](const fs::directory_entry& entry) {
    std::error_code ignored;
    return IsImageName(entry.path().filename().string()) && entry.is_regular_file(ignored);
  });
}

// "val" or "test", "" where neither is there.
std::string TestFolderOf(const fs::path& folder) {
  std::error_code ignored;
  for (const char* name : {"val", "test"}) {
    if (fs::is_directory(folder / name, ignored)) return name;
  }
  return "";
}

// "a", or "a and 3 more".
std::string FirstAndCount(const std::vector<std::string>& names) {
  return names.front() + (names.size() > 1 ? " and " + std::to_string(names.size() - 1) + " more" : "");
}

constexpr const char* kLayout = "; a folder of images has train/CLASS/FILE and val/CLASS/FILE";

void AddClass(const fs::path& folder, const std::string& split, const std::string& name, int label,
              std::vector<ImageFile>& files) {
  for (const std::string& file : ImagesIn(folder / split / name)) {
    files.push_back({split + "/" + name + "/" + file, label});
  }
}

}  // namespace

bool IsImageFolder(const fs::path& folder) {
  return !TestFolderOf(folder).empty() && !FoldersIn(folder / "train").empty();
}

Result<ImageFolderFiles> ListImageFolder(const fs::path& folder) {
  std::error_code ignored;
  const std::string test = TestFolderOf(folder);
  if (!fs::is_directory(folder / "train", ignored) || test.empty()) {
    return Err(NotFound(folder.string() + " has no " + (test.empty() ? "val or test" : "train") + " folder" + kLayout));
  }
  ImageFolderFiles files;
  files.classes = FoldersIn(folder / "train");
  if (files.classes.empty()) return Err(DataLoss((folder / "train").string() + " holds no folders" + kLayout));
  std::vector<std::string> empty, strange;
  for (size_t i = 0; i < files.classes.size(); ++i) {
    const size_t before = files.train.size();
    AddClass(folder, "train", files.classes[i], static_cast<int>(i), files.train);
    if (files.train.size() == before) empty.push_back((folder / "train" / files.classes[i]).string());
  }
  for (const std::string& name : FoldersIn(folder / test)) {
    const auto known = std::lower_bound(files.classes.begin(), files.classes.end(), name);
    if (known == files.classes.end() || *known != name) {
      strange.push_back((folder / test / name).string());
    } else {
      AddClass(folder, test, name, static_cast<int>(known - files.classes.begin()), files.test);
    }
  }
  if (!empty.empty()) {
    return Err(DataLoss("classes without images (*.jpg, *.jpeg, *.png): " + FirstAndCount(empty) + kLayout));
  }
  if (!strange.empty()) {
    return Err(DataLoss("classes that " + (folder / "train").string() + " has not: " + FirstAndCount(strange)));
  }
  if (files.test.empty()) {
    return Err(DataLoss((folder / test).string() + " holds no images (*.jpg, *.jpeg, *.png)" + kLayout));
  }
  return files;
}

std::vector<std::string> AllPaths(const ImageFolderFiles& files) {
  std::vector<std::string> paths;
  for (const auto* list : {&files.train, &files.test}) {
    for (const ImageFile& file : *list) paths.push_back(file.path);
  }
  return paths;
}

}  // namespace winnow::spec
