// Where artifacts lie, and when each was last uploaded: what store, writers and readers share.
#ifndef SERVER_ARTIFACTS_ARTIFACT_FILES_H_
#define SERVER_ARTIFACTS_ARTIFACT_FILES_H_

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace winnow::server {

// Threads: safe for concurrent use.
class ArtifactFiles {
 public:
  ArtifactFiles(const std::filesystem::path& folder, const Clock* clock)
      : named_(folder / "artifacts" / "sha256"), temporary_(folder / "artifacts" / "tmp"), clock_(clock) {}

  const std::filesystem::path& named_folder() const { return named_; }
  const std::filesystem::path& temporary_folder() const { return temporary_; }

  std::filesystem::path PathOf(const std::string& digest) const {
    return named_ / digest.substr(0, 2) / digest.substr(2);
  }
  // The digest that a file is named by; "" for one that is no artifact.
  static std::string DigestOf(const std::filesystem::path& file);

  // Notes that it was uploaded now (the file's modification time). False where there is no such file of that size.
  Result<bool> MarkUploaded(const std::string& digest, int64_t size);
  // Gives a synced temporary file its name, durably, and the time of now.
  Status Name(const std::filesystem::path& temporary, const std::string& digest);
  // Removes it unless it was uploaded at `uploaded_before` or later. Returns its size, or -1 where it stays; one that
  // is not there counts as removed, with size 0.
  Result<int64_t> RemoveIfIdle(const std::string& digest, WallTime uploaded_before);

 private:
  const std::filesystem::path named_;
  const std::filesystem::path temporary_;
  const Clock* const clock_;
  std::set<std::filesystem::path> synced_;  // folders of artifacts whose names have been synced by this process
  // Uploading again and removing exclude each other: what was just promised to an uploader is not removed.
  std::mutex mutex_;
};

// `status`, with what to do where the disk is full or the folder is not writable.
Status WithRemedy(Status status, const std::filesystem::path& folder);

}  // namespace winnow::server

#endif  // SERVER_ARTIFACTS_ARTIFACT_FILES_H_
