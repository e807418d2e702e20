#include "worker/agent/folder_digests.h"

#include <system_error>
#include <utility>

#include "base/durable_file.h"
#include "base/json.h"
#include "base/logging.h"
#include "base/sha256.h"
#include "spec/data_digest.h"
#include "spec/image_files.h"

namespace winnow::worker {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostBytes = size_t{1} << 24;

// Changes whenever a file is added, removed, replaced or written to.
std::string StateOf(const fs::path& folder, const std::vector<std::string>& paths) {
  Sha256 hash;
  for (const std::string& path : paths) {
    std::error_code ignored;
    const uintmax_t size = fs::file_size(folder / path, ignored);
    const auto changed = fs::last_write_time(folder / path, ignored).time_since_epoch().count();
    hash.Update(path + " " + std::to_string(size) + " " + std::to_string(changed) + "\n");
  }
  return hash.FinishHex();
}

}  // namespace

FolderDigests::FolderDigests(fs::path memory) : memory_(std::move(memory)) {
  if (memory_.empty()) return;
  const Result<std::string> text = ReadFile(memory_, kMostBytes);
  if (!text) return;
  const Result<Json> json = ParseJson(*text);
  if (!json || !json->is_object()) return;
  for (const auto& [folder, entry] : json->items()) {
    if (!entry.is_object() || !entry.contains("state") || !entry.contains("digest")) continue;
    if (!entry["state"].is_string() || !entry["digest"].is_string()) continue;
    known_[folder] = {entry["state"].get<std::string>(), entry["digest"].get<std::string>()};
  }
}

Result<std::string> FolderDigests::Find(const fs::path& folder) {
  WINNOW_ASSIGN_OR_RETURN(const spec::ImageFolderFiles files, spec::ListImageFolder(folder));
  const std::vector<std::string> paths = spec::AllPaths(files);
  std::error_code ignored;
  const std::string name = fs::absolute(folder, ignored).string();
  const std::string state = StateOf(folder, paths);
  if (const auto known = known_.find(name); known != known_.end() && known->second.state == state) {
    return known->second.digest;
  }
  WINNOW_ASSIGN_OR_RETURN(const std::string digest, spec::DataDigest(folder, paths));
  Remember(name, {state, digest});
  return digest;
}

void FolderDigests::Remember(const std::string& folder, Remembered remembered) {
  known_[folder] = std::move(remembered);
  if (memory_.empty()) return;
  Json json = Json::object();
  for (const auto& [name, entry] : known_) json[name] = {{"state", entry.state}, {"digest", entry.digest}};
  const Status written = WriteFileDurably(memory_, DumpJson(json));
  // It only costs time at the next start.
  if (!written.ok()) spdlog::warn("digests of folders of images are not remembered: {}", written.message());
}

}  // namespace winnow::worker
