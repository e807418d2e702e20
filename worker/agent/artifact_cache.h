// Artifacts on this machine, by digest, so that a checkpoint which several stages start from is brought here once.
//
// Layout      FOLDER/sha256-HEX, one file an artifact.
// Durability  files come by rename and are checked by their digest on every use, so several agents may share a folder,
//             and one that was damaged is fetched again.
#ifndef WORKER_AGENT_ARTIFACT_CACHE_H_
#define WORKER_AGENT_ARTIFACT_CACHE_H_

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "client/lib/artifact_client.h"

namespace winnow::worker {

// Threads    safe for concurrent use.
class ArtifactCache {
 public:
  // `folder` is there. `max_bytes`: beyond it the longest unused files go.
  ArtifactCache(std::filesystem::path folder, int64_t max_bytes);

  // Makes `to` (on the same file system, not there yet) a file with the artifact's content, which stays whatever
  // happens to the cache; fetches it with `artifacts` where it is not here or no longer what it was.
  // Errors: as ArtifactClient::Download(), and those of the file system.
  Status Provide(const std::string& artifact, client::ArtifactClient& artifacts, const std::filesystem::path& to);

  // Keeps a file this machine has made, which is `artifact`. Best effort.
  void Keep(const std::string& artifact, const std::filesystem::path& file);

 private:
  std::filesystem::path PathOf(const std::string& digest) const;
  void Trim() const;

  const std::filesystem::path folder_;
  const int64_t max_bytes_;
};

}  // namespace winnow::worker

#endif  // WORKER_AGENT_ARTIFACT_CACHE_H_
