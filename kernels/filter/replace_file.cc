#include "kernels/filter/replace_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <string>

namespace winnow::kernels {
namespace {

// A name that no other thread or process takes. A process of an earlier boot may have left the same: the next is tried.
int CreateBeside(const std::filesystem::path& path, std::string& name) {
  static std::atomic<uint64_t> number{0};
  int fd;
  do {
    name = path.string() + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(++number);
    fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  } while (fd < 0 && errno == EEXIST);
  return fd;
}

Status WriteAndSync(int fd, std::span<const std::byte> bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, "cannot write " + name);
    bytes = bytes.subspan(static_cast<size_t>(n));
  }
  if (::fsync(fd) != 0) return ErrnoStatus(errno, "cannot sync " + name);
  return OkStatus();
}

Status SyncFolderOf(const std::filesystem::path& path) {
  const std::string folder = path.has_parent_path() ? path.parent_path().string() : ".";
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return ErrnoStatus(errno, "cannot open folder " + folder);
  const Status status = ::fsync(fd) == 0 ? OkStatus() : ErrnoStatus(errno, "cannot sync folder " + folder);
  ::close(fd);
  return status;
}

}  // namespace

Status ReplaceFile(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::string name;
  const int fd = CreateBeside(path, name);
  if (fd < 0) return ErrnoStatus(errno, "cannot create " + name);
  Status status = WriteAndSync(fd, bytes, name);
  ::close(fd);
  if (status.ok() && ::rename(name.c_str(), path.c_str()) != 0) {
    status = ErrnoStatus(errno, "cannot rename " + name + " to " + path.string());
  }
  if (!status.ok()) {
    ::unlink(name.c_str());
    return status;
  }
  return SyncFolderOf(path);
}

}  // namespace winnow::kernels
