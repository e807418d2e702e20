// What a power cut would leave of the files below a folder: for each file the bytes as of its last sync, under the
// names as of the last sync of their folder; of everything since then a part, or nothing.
//
// SQLite's files come through a file system layer (PowerLossVfs), others through base/file_watch.h. While it watches
// nothing is held back: the program that writes sees its files as ever.
//
// Threads    safe for concurrent use. `on_sync` runs under the disk's lock.
#ifndef TESTS_CHAOS_POWER_LOSS_DISK_H_
#define TESTS_CHAOS_POWER_LOSS_DISK_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/file_watch.h"
#include "base/result.h"

namespace winnow::chaos {

class PowerLossDisk final : public FileWatch {
 public:
  explicit PowerLossDisk(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Called before anything becomes durable, for each sync and rename: a moment at which the power may fail.
  void OnSync(std::function<void()> on_sync) { on_sync_ = std::move(on_sync); }

  // Writes what would be left now to the empty folder `to`. Without `random`: exactly what is durable. With it: besides
  // a random part of what is not, in any order, the last write perhaps torn. Only within on_sync.
  Status WriteImage(const std::filesystem::path& to, std::mt19937_64* random) const;

  // From base/file_watch.h.
  void Synced(const std::filesystem::path& file) override;
  void Renamed(const std::filesystem::path& from, const std::filesystem::path& to) override;
  void FolderSynced(const std::filesystem::path& folder) override;

  // From the layer below SQLite.
  void Wrote(const std::string& file, int64_t offset, const void* bytes, int64_t size);
  void Truncated(const std::string& file, int64_t size);
  void DatabaseSynced(const std::string& file);
  // Durable once its folder is synced, or with `folder_synced` now.
  void Removed(const std::string& file, bool folder_synced);

 private:
  struct Write {
    int64_t offset = 0;
    std::string bytes;
    int64_t truncate_to = -1;  // else a write
  };
  struct File {
    std::string durable;         // bytes
    bool was_synced = false;     // else it has no durable bytes, and its name may be there all the same
    std::vector<Write> pending;  // since then, of SQLite's files
  };
  using FilePtr = std::shared_ptr<File>;

  bool IsNamed(const std::filesystem::path& file) const;
  bool Watches(const std::filesystem::path& file) const;
  FilePtr& Live(const std::string& file);
  static void Apply(const Write& write, std::string& bytes);
  static std::string BytesLeft(const File& file, std::mt19937_64* random);

  const std::filesystem::path folder_;
  std::function<void()> on_sync_ = [] {};
  std::recursive_mutex mutex_;
  std::map<std::string, FilePtr> live_;     // by path, as programs see them
  std::map<std::string, FilePtr> durable_;  // as of the last syncs of folders
  std::set<std::string> durable_folders_;   // below `folder_`, whose names have been synced
};

// SQLite's name of a layer that tells `disk` what is written and synced. One disk at a time; it outlives every database
// opened through the layer.
const char* PowerLossVfs(PowerLossDisk* disk);

}  // namespace winnow::chaos

#endif  // TESTS_CHAOS_POWER_LOSS_DISK_H_
