#include "tests/chaos/power_loss_disk.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/durable_file.h"

namespace winnow::chaos {
namespace {

bool Flip(std::mt19937_64& random) { return (random() & 1) != 0; }

}  // namespace

bool PowerLossDisk::Watches(const std::filesystem::path& file) const {
  const auto relative = file.lexically_relative(folder_);
  return !relative.empty() && *relative.begin() != "..";
}

PowerLossDisk::FilePtr& PowerLossDisk::Live(const std::string& file) {
  FilePtr& live = live_[file];
  if (live == nullptr) live = std::make_shared<File>();
  return live;
}

void PowerLossDisk::Synced(const std::filesystem::path& file) {
  if (!Watches(file)) return;
  std::lock_guard lock(mutex_);
  on_sync_();
  File& live = *Live(file);
  live.durable = ReadFile(file).value_or("");
  live.was_synced = true;
}

void PowerLossDisk::Renamed(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (!Watches(to)) return;
  std::lock_guard lock(mutex_);
  on_sync_();
  live_[to] = Live(from);
  live_.erase(from);
}

void PowerLossDisk::FolderSynced(const std::filesystem::path& folder) {
  if (!Watches(folder)) return;
  std::lock_guard lock(mutex_);
  on_sync_();
  const auto is_in = [&](const auto& entry) { return std::filesystem::path(entry.first).parent_path() == folder; };
  std::erase_if(durable_, is_in);
  std::copy_if(live_.begin(), live_.end(), std::inserter(durable_, durable_.end()), is_in);
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.is_directory()) durable_folders_.insert(entry.path());
  }
}

// Whether the names of all folders above it are durable.
bool PowerLossDisk::IsNamed(const std::filesystem::path& file) const {
  for (std::filesystem::path at = file.parent_path(); at != folder_; at = at.parent_path()) {
    if (!durable_folders_.contains(at)) return false;
  }
  return true;
}

void PowerLossDisk::Wrote(const std::string& file, int64_t offset, const void* bytes, int64_t size) {
  std::lock_guard lock(mutex_);
  Live(file)->pending.push_back({offset, std::string(static_cast<const char*>(bytes), static_cast<size_t>(size)), -1});
}

void PowerLossDisk::Truncated(const std::string& file, int64_t size) {
  std::lock_guard lock(mutex_);
  Live(file)->pending.push_back({0, "", size});
}

void PowerLossDisk::DatabaseSynced(const std::string& file) {
  std::lock_guard lock(mutex_);
  on_sync_();
  const FilePtr& live = Live(file);
  for (const Write& write : live->pending) Apply(write, live->durable);
  live->pending.clear();
  live->was_synced = true;
  durable_[file] = live;  // SQLite syncs the folder with a file's first sync
}

void PowerLossDisk::Removed(const std::string& file, bool folder_synced) {
  std::lock_guard lock(mutex_);
  live_.erase(file);
  if (folder_synced) durable_.erase(file);
}

void PowerLossDisk::Apply(const Write& write, std::string& bytes) {
  if (write.truncate_to >= 0) {
    bytes.resize(static_cast<size_t>(write.truncate_to), '\0');
    return;
  }
  const size_t end = static_cast<size_t>(write.offset) + write.bytes.size();
  if (bytes.size() < end) bytes.resize(end, '\0');
  std::copy(write.bytes.begin(), write.bytes.end(), bytes.begin() + write.offset);
}

std::string PowerLossDisk::BytesLeft(const File& file, std::mt19937_64* random) {
  std::string bytes = file.durable;
  if (random == nullptr) return bytes;
  for (Write write : file.pending) {
    if (!Flip(*random)) continue;
    if (write.truncate_to < 0 && Flip(*random)) write.bytes.resize((*random)() % (write.bytes.size() + 1));  // torn
    Apply(write, bytes);
  }
  return bytes;
}

Status PowerLossDisk::WriteImage(const std::filesystem::path& to, std::mt19937_64* random) const {
  std::map<std::string, FilePtr> left = durable_;
  if (random != nullptr) {
    for (const auto& [path, file] : live_) {  // a new name may be there before its folder is synced,
      if (Flip(*random)) left[path] = file;
    }
    for (const auto& [path, file] : durable_) {  // and one that is moved or removed gone
      if (!live_.contains(path) && Flip(*random)) left.erase(path);
    }
  }
  for (const auto& [path, file] : left) {
    if (!IsNamed(path)) continue;
    const std::filesystem::path image = to / std::filesystem::path(path).lexically_relative(folder_);
    WINNOW_RETURN_IF_ERROR(MakeFolder(image.parent_path()));
    WINNOW_RETURN_IF_ERROR(WriteFileDurably(image, BytesLeft(*file, random)));
  }
  return OkStatus();
}

}  // namespace winnow::chaos
