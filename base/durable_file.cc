#include "base/durable_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "base/file_watch.h"
#include "base/id.h"

namespace winnow {

Status SyncFolder(const std::filesystem::path& folder) {
  UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus(errno, "cannot open folder " + folder.string());
  if (::fsync(fd.get()) != 0) return ErrnoStatus(errno, "cannot sync folder " + folder.string());
  WINNOW_TELL_FILE_WATCH(FolderSynced(folder));
  return OkStatus();
}

Status SyncFile(int fd, const std::filesystem::path& file) {
  if (::fsync(fd) != 0) return ErrnoStatus(errno, "cannot sync " + file.string());
  WINNOW_TELL_FILE_WATCH(Synced(file));
  return OkStatus();
}

Status RenameDurably(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    return ErrnoStatus(errno, "cannot rename " + from.string() + " to " + to.string());
  }
  WINNOW_TELL_FILE_WATCH(Renamed(from, to));
  return SyncFolder(to.parent_path().empty() ? std::filesystem::path(".") : to.parent_path());
}

Status WriteAll(int fd, std::string_view bytes, std::string_view what) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, "cannot write " + std::string(what));
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return OkStatus();
}

Status WriteFileDurably(const std::filesystem::path& path, std::string_view content) {
  const std::filesystem::path temporary = path.string() + ".tmp-" + RandomHex(8);
  Status status;
  {
    UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!fd.valid()) return ErrnoStatus(errno, "cannot create " + temporary.string());
    status = WriteAll(fd.get(), content, temporary.string());
    if (status.ok()) status = SyncFile(fd.get(), temporary);
  }
  if (status.ok()) status = RenameDurably(temporary, path);
  if (!status.ok()) ::unlink(temporary.c_str());
  return status;
}

Result<std::string> ReadFile(const std::filesystem::path& path, size_t max_bytes) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return Err(ErrnoStatus(errno, "cannot open " + path.string()));
  std::string content;
  char buffer[1 << 16];
  while (true) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Err(ErrnoStatus(errno, "cannot read " + path.string()));
    if (n == 0) return content;
    if (content.size() + static_cast<size_t>(n) > max_bytes) {
      return Err(ResourceExhausted(path.string() + " is larger than " + std::to_string(max_bytes) + " bytes"));
    }
    content.append(buffer, static_cast<size_t>(n));
  }
}

Status MakeFolder(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) return OkStatus();
  if (folder.has_parent_path() && folder.parent_path() != folder) {
    WINNOW_RETURN_IF_ERROR(MakeFolder(folder.parent_path()));
  }
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return ErrnoStatus(errno, "cannot create folder " + folder.string());
  }
  if (!std::filesystem::is_directory(folder, error)) {
    return FailedPrecondition(folder.string() + " is there and is not a folder");
  }
  return OkStatus();
}

Result<UniqueFd> LockFile(const std::filesystem::path& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.valid()) return Err(ErrnoStatus(errno, "cannot open " + path.string()));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return Err(FailedPrecondition(path.string() + " is locked by another process"));
    return Err(ErrnoStatus(errno, "cannot lock " + path.string()));
  }
  return fd;
}

}  // namespace winnow
