// Digests of folders of images, remembered: reading a hundred gigabytes at every start of an agent takes minutes.
#ifndef WORKER_AGENT_FOLDER_DIGESTS_H_
#define WORKER_AGENT_FOLDER_DIGESTS_H_

#include <filesystem>
#include <map>
#include <string>

#include "base/result.h"

namespace winnow::worker {

// Threads    one at a time.
class FolderDigests {
 public:
  // `memory`: a JSON file, which need not be there, or "" to remember nothing. A file that cannot be read is as none.
  explicit FolderDigests(std::filesystem::path memory);

  // The digest of spec/data_digest.h over all images of spec/image_files.h. Read anew unless their names, sizes and
  // times of change are those remembered. Errors of ListImageFolder() and DataDigest().
  Result<std::string> Find(const std::filesystem::path& folder);

 private:
  struct Remembered {
    std::string state;
    std::string digest;
  };
  void Remember(const std::string& folder, Remembered remembered);

  const std::filesystem::path memory_;
  std::map<std::string, Remembered> known_;  // by absolute path
};

}  // namespace winnow::worker

#endif  // WORKER_AGENT_FOLDER_DIGESTS_H_
