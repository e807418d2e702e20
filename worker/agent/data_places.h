// The data sets that lie below the data roots of this machine, with the digests that they really have.
#ifndef WORKER_AGENT_DATA_PLACES_H_
#define WORKER_AGENT_DATA_PLACES_H_

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spec/data_set.h"

namespace winnow::worker {

class FolderDigests;

struct FoundData {
  std::string name;
  std::string digest;            // of the files there, docs/formats.md section 6
  std::filesystem::path folder;  // absolute; holds the files themselves
};

// Found once, at the agent's start. Threads    const use from several threads is safe.
class DataPlaces {
 public:
  // Looks for each of `catalogue` in ROOT/NAME and ROOT (and the folders the catalogue allows below), and hashes what
  // it finds; then for folders of images: each root, and each folder in it. `warnings` gets a line for each copy that
  // is incomplete, of the wrong layout, or differs from the published one.
  // `memory`: where digests of folders of images are remembered, see FolderDigests.
  static DataPlaces Find(const std::vector<std::filesystem::path>& roots, const std::vector<spec::DataSet>& catalogue,
                         std::vector<std::string>& warnings, const std::filesystem::path& memory = {});

  const std::vector<FoundData>& found() const { return found_; }
  // The folder of that very data, if it is here.
  std::optional<std::filesystem::path> Folder(std::string_view name, std::string_view digest) const;

 private:
  void FindImages(const std::filesystem::path& root, FolderDigests& digests, std::vector<std::string>& warnings);

  std::vector<FoundData> found_;
};

}  // namespace winnow::worker

#endif  // WORKER_AGENT_DATA_PLACES_H_
