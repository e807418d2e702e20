// Stages that the writer of a database has looked at or changed lately, so that it need not read them again.
//
// One thread alone writes to the database, so what it has read stays true until it changes it itself, and then it says
// so here. What was noted in a transaction that has been undone must be forgotten: Clear.
//
// Threads    one at a time: the commit thread.
#ifndef SERVER_STORE_STAGE_CACHE_H_
#define SERVER_STORE_STAGE_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/domain/stage.h"
#include "server/domain/trial.h"
#include "server/store/sqlite_rows.h"

namespace winnow::server {

class StageCache {
 public:
  struct Entry {
    int64_t id = 0;  // in the database
    StageState state = StageState::kBlocked;
    std::optional<Stage> stage;                   // whole, where it has been read
    std::optional<std::vector<PlaceRow>> places;  // likewise, and so below
    std::optional<std::vector<Trial>> trials;     // of which it is net, evaluation or benchmark
    uint64_t trials_version = 0;                  // they hold where it is the cache's
  };

  // Keeps at least the last `capacity` that were asked for, at most twice as many.
  explicit StageCache(size_t capacity) : capacity_(capacity) {}

  // Null where it is not known. Valid until the next call.
  Entry* Find(const std::string& key) {
    if (const auto it = recent_.find(key); it != recent_.end()) return &it->second;
    auto found = older_.extract(key);
    if (found.empty()) return nullptr;
    MakeRoom();
    return &recent_.insert(std::move(found)).position->second;
  }

  // Adds it, or returns what is known. Likewise.
  Entry& Add(const std::string& key, int64_t id, StageState state) {
    if (Entry* const known = Find(key)) return *known;
    MakeRoom();
    return recent_.try_emplace(key, Entry{id, state, std::nullopt, std::nullopt}).first->second;
  }

  // The database has what may change of it so now, with this revision.
  void Update(const Stage& stage, int64_t revision);

  // Null where they are not known. Valid until the next call.
  const std::vector<Trial>* TrialsOf(const std::string& key) {
    const Entry* const entry = Find(key);
    return entry != nullptr && entry->trials && entry->trials_version == trials_version_ ? &*entry->trials : nullptr;
  }
  // Nothing happens where the stage is not known.
  void SetTrials(const std::string& key, std::vector<Trial> trials);
  // The database has its state and reason so now, with this revision.
  void UpdateTrial(const Trial& trial, int64_t revision);
  // Trials have been made, or stand on other stages now.
  void ForgetTrials() { ++trials_version_; }

  void Clear() {
    recent_.clear();
    older_.clear();
  }

  size_t size() const { return recent_.size() + older_.size(); }

 private:
  void MakeRoom() {
    if (recent_.size() < capacity_) return;
    older_ = std::move(recent_);
    recent_.clear();
  }

  const size_t capacity_;
  uint64_t trials_version_ = 1;
  std::unordered_map<std::string, Entry> recent_;
  std::unordered_map<std::string, Entry> older_;  // not asked for since `recent_` was empty
};

}  // namespace winnow::server

#endif  // SERVER_STORE_STAGE_CACHE_H_
