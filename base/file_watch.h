// Tells a test what becomes durable when, in preset chaos; nothing in any other build. The seam by which
// tests/chaos/power_loss_disk.h knows what a power cut would leave of files written through base/durable_file.h.
#ifndef BASE_FILE_WATCH_H_
#define BASE_FILE_WATCH_H_

#ifdef WINNOW_FAILPOINTS

#include <atomic>
#include <filesystem>

namespace winnow {

// Each is called just after the system call has succeeded.
class FileWatch {
 public:
  virtual ~FileWatch() = default;
  virtual void Synced(const std::filesystem::path& file) = 0;
  virtual void Renamed(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  virtual void FolderSynced(const std::filesystem::path& folder) = 0;
};

// Null: nobody watches. Whoever it points to outlives all writing.
inline std::atomic<FileWatch*> file_watch{nullptr};

}  // namespace winnow

#define WINNOW_TELL_FILE_WATCH(call)                                                          \
  do {                                                                                        \
    if (::winnow::FileWatch* const winnow_watch_ = ::winnow::file_watch) winnow_watch_->call; \
  } while (false)

#else

#define WINNOW_TELL_FILE_WATCH(call) static_cast<void>(0)

#endif  // WINNOW_FAILPOINTS

#endif  // BASE_FILE_WATCH_H_
