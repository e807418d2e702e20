#include "client/cli/pretrained_file.h"

#include <algorithm>
#include <optional>
#include <system_error>

#include "base/sha256.h"

namespace winnow::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kDeepestFolder = 4;

// Collects candidates and remembers what was looked at, for the message.
class Search {
 public:
  void Try(const fs::path& candidate) {
    const fs::path path = candidate.lexically_normal();
    if (std::find(tried_.begin(), tried_.end(), path) != tried_.end()) return;
    tried_.push_back(path);
    std::error_code error;
    if (fs::is_regular_file(path, error)) found_.push_back(path);
  }

  // Files called `name` below `root`, by path, so that the choice does not hang on the file system's order.
  void Descend(const fs::path& root, const fs::path& name) {
    std::error_code error;
    std::vector<fs::path> files;
    fs::recursive_directory_iterator it(root, fs::directory_options::skip_permission_denied, error);
    for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
      std::error_code ignored;
      if (it.depth() >= kDeepestFolder) it.disable_recursion_pending();
      if (it->path().filename() == name && it->is_regular_file(ignored)) files.push_back(it->path());
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) Try(file);
    descended_.push_back(root);
  }

  const std::vector<fs::path>& found() const { return found_; }

  std::string Places(const fs::path& name) const {
    std::string text;
    for (const fs::path& path : tried_) text += "\n  " + path.string();
    for (const fs::path& root : descended_) text += "\n  " + name.string() + " anywhere in " + root.string();
    return text;
  }

 private:
  std::vector<fs::path> tried_, found_, descended_;
};

}  // namespace

Result<FoundFile> FindPretrainedFile(const spec::Pretrained& pretrained, const PretrainedPlaces& places) {
  const fs::path wanted = pretrained.path;
  const fs::path name = wanted.filename();
  Search search;
  if (wanted.is_absolute()) {
    search.Try(wanted);
  } else {
    search.Try(places.spec_folder / wanted);
    search.Try(places.working_folder / wanted);
    for (const fs::path& root : places.data_roots) search.Try(root / wanted);
  }
  for (const fs::path& root : places.data_roots) search.Descend(root, name);

  std::string mismatches;
  for (const fs::path& path : search.found()) {
    WINNOW_ASSIGN_OR_RETURN(std::string sha256, Sha256File(path));
    if (pretrained.sha256.empty() || sha256 == pretrained.sha256) return FoundFile{path, std::move(sha256)};
    mismatches += "\n  " + path.string() + " has " + sha256;
  }
  if (!mismatches.empty()) {
    return Err(InvalidArgument("/model/pretrained: the spec wants " + pretrained.path + " with SHA-256 " +
                               pretrained.sha256 + ", found" + mismatches +
                               "\nget the right file, or correct \"sha256\" in the spec"));
  }
  return Err(NotFound("/model/pretrained: no file " + pretrained.path + "; looked for" + search.Places(name) +
                      "\ngive the folder it lies in with --data-root"));
}

}  // namespace winnow::cli
