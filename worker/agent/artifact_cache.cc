#include "worker/agent/artifact_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include "base/sha256.h"

namespace winnow::worker {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "sha256-";

}  // namespace

ArtifactCache::ArtifactCache(fs::path folder, int64_t max_bytes) : folder_(std::move(folder)), max_bytes_(max_bytes) {}

fs::path ArtifactCache::PathOf(const std::string& digest) const { return folder_ / (std::string(kPrefix) + digest); }

Status ArtifactCache::Provide(const std::string& artifact, client::ArtifactClient& artifacts, const fs::path& to) {
  WINNOW_ASSIGN_OR_RETURN_STATUS(const std::string digest, client::ArtifactDigest(artifact));
  const fs::path cached = PathOf(digest);
  // A hard link: the file stays for this user when another agent trims the cache meanwhile.
  if (::link(cached.c_str(), to.c_str()) == 0) {
    const Result<std::string> found = Sha256File(to);
    if (found && *found == digest) {
      ::utimensat(AT_FDCWD, cached.c_str(), nullptr, 0);  // used now
      return OkStatus();
    }
    ::unlink(to.c_str());
    ::unlink(cached.c_str());
  }
  WINNOW_RETURN_IF_ERROR(artifacts.Download(artifact, to));
  if (::link(to.c_str(), cached.c_str()) == 0) Trim();
  return OkStatus();
}

void ArtifactCache::Keep(const std::string& artifact, const fs::path& file) {
  const Result<std::string> digest = client::ArtifactDigest(artifact);
  if (digest && ::link(file.c_str(), PathOf(*digest).c_str()) == 0) Trim();
}

void ArtifactCache::Trim() const {
  struct Cached {
    fs::file_time_type used;
    int64_t bytes;
    fs::path path;
  };
  std::vector<Cached> files;
  int64_t total = 0;
  std::error_code error;
  for (fs::directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;  // another agent may trim at the same time
    const fs::path path = it->path();
    if (!path.filename().string().starts_with(kPrefix)) continue;
    const int64_t bytes = static_cast<int64_t>(fs::file_size(path, gone));
    const fs::file_time_type used = fs::last_write_time(path, gone);
    if (gone) continue;
    files.push_back({used, bytes, path});
    total += bytes;
  }
  std::sort(files.begin(), files.end(), [](const Cached& a, const Cached& b) { return a.used < b.used; });
  for (const Cached& file : files) {
    if (total <= max_bytes_) return;
    ::unlink(file.path.c_str());
    total -= file.bytes;
  }
}

}  // namespace winnow::worker
