#include "kernels/filter/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace winnow::kernels {
namespace {

Result<MappedFile> MapDescriptor(int fd, const std::string& path) {
  struct stat status;
  if (::fstat(fd, &status) != 0) return Err(ErrnoStatus(errno, "cannot look at " + path));
  if (!S_ISREG(status.st_mode)) return Err(FailedPrecondition("cannot map " + path + ": it is not a regular file"));
  const auto size = static_cast<size_t>(status.st_size);
  if (size == 0) return MappedFile{};  // which mmap refuses
  // Whoever maps a file reads all of it at once, for its checksum: one call is cheaper than a fault a page.
  void* const begin = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
  if (begin == MAP_FAILED) return Err(ErrnoStatus(errno, "cannot map " + path));
  return MappedFile{{static_cast<const std::byte*>(begin), size},
                    std::shared_ptr<const void>(begin, [size](void* p) { ::munmap(p, size); })};
}

}  // namespace

Result<MappedFile> MapFile(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a pipe that nobody writes to would wait for ever.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return Err(ErrnoStatus(errno, "cannot open " + path.string()));
  Result<MappedFile> mapped = MapDescriptor(fd, path.string());
  ::close(fd);
  return mapped;
}

}  // namespace winnow::kernels
