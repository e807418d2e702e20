#include "server/artifacts/artifact_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/durable_file.h"
#include "base/sha256.h"

namespace winnow::server {
namespace {

Status SetModificationTime(const std::filesystem::path& file, WallTime time) {
  using std::chrono::nanoseconds;
  using std::chrono::seconds;
  const auto since_epoch = time.time_since_epoch();
  const auto whole = std::chrono::floor<seconds>(since_epoch);
  timespec both[2];
  both[0].tv_sec = whole.count();
  both[0].tv_nsec = std::chrono::duration_cast<nanoseconds>(since_epoch - whole).count();
  both[1] = both[0];
  if (::utimensat(AT_FDCWD, file.c_str(), both, 0) != 0) return ErrnoStatus(errno, "cannot touch " + file.string());
  return OkStatus();
}

WallTime ModificationTime(const struct stat& entry) {
  return WallTime(std::chrono::duration_cast<WallTime::duration>(std::chrono::seconds(entry.st_mtim.tv_sec) +
                                                                 std::chrono::nanoseconds(entry.st_mtim.tv_nsec)));
}

}  // namespace

std::string ArtifactFiles::DigestOf(const std::filesystem::path& file) {
  std::string digest = file.parent_path().filename().string() + file.filename().string();
  return IsSha256Hex(digest) ? digest : "";
}

Result<bool> ArtifactFiles::MarkUploaded(const std::string& digest, int64_t size) {
  const std::filesystem::path path = PathOf(digest);
  std::lock_guard lock(mutex_);
  struct stat entry;
  if (::stat(path.c_str(), &entry) != 0) {
    if (errno == ENOENT) return false;
    return Err(ErrnoStatus(errno, "cannot look at " + path.string()));
  }
  if (entry.st_size != size) return false;
  // A process that was killed may have given it its name and not synced that. Once a folder and process is enough: what
  // this one names it syncs.
  if (!synced_.contains(path.parent_path())) {
    WINNOW_RETURN_ERR_IF_ERROR(SyncFolder(named_));
    WINNOW_RETURN_ERR_IF_ERROR(SyncFolder(path.parent_path()));
    synced_.insert(path.parent_path());
  }
  WINNOW_RETURN_ERR_IF_ERROR(SetModificationTime(path, clock_->WallNow()));
  return true;
}

Status ArtifactFiles::Name(const std::filesystem::path& temporary, const std::string& digest) {
  const std::filesystem::path path = PathOf(digest);
  WINNOW_RETURN_IF_ERROR(SetModificationTime(temporary, clock_->WallNow()));
  std::lock_guard lock(mutex_);
  if (::mkdir(path.parent_path().c_str(), 0700) == 0) {
    WINNOW_RETURN_IF_ERROR(SyncFolder(named_));
  } else if (errno != EEXIST) {
    return ErrnoStatus(errno, "cannot create folder " + path.parent_path().string());
  }
  return RenameDurably(temporary, path);
}

Result<int64_t> ArtifactFiles::RemoveIfIdle(const std::string& digest, WallTime uploaded_before) {
  const std::filesystem::path path = PathOf(digest);
  std::lock_guard lock(mutex_);
  struct stat entry;
  if (::stat(path.c_str(), &entry) != 0) {
    if (errno == ENOENT) return 0;
    return Err(ErrnoStatus(errno, "cannot look at " + path.string()));
  }
  if (ModificationTime(entry) >= uploaded_before) return -1;
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return Err(ErrnoStatus(errno, "cannot remove " + path.string()));
  return static_cast<int64_t>(entry.st_size);
}

Status WithRemedy(Status status, const std::filesystem::path& folder) {
  switch (status.code()) {
    case StatusCode::kResourceExhausted:
      return Status(status.code(), status.message() + "; free space on the disk of " + folder.string(),
                    status.reason());
    case StatusCode::kPermissionDenied:
      return Status(status.code(), status.message() + "; give this user the right to write " + folder.string(),
                    status.reason());
    default:
      return status;
  }
}

}  // namespace winnow::server
