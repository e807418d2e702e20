// What is known of stages beyond the store: how far a running one has come, why a queued one waits.
//
// In memory: progress comes several times a second, and what a queue waits for changes with the workers that are there.
//
// Threads    safe for concurrent use.
#ifndef SERVER_COORDINATOR_LIVE_BOARD_H_
#define SERVER_COORDINATOR_LIVE_BOARD_H_

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "server/domain/stage.h"
#include "server/scheduler/requirement.h"

namespace winnow::server {

struct StageProgress {
  double done = 0.0;
  double total = 0.0;
  std::string unit;  // "epochs", "images", "rows"
  std::string note;

  friend bool operator==(const StageProgress&, const StageProgress&) = default;
};

// A stage as users see it.
struct StageView {
  Stage stage;  // of a QUEUED one that nobody can run, `reason` says why
  std::optional<StageProgress> progress;
};

// What the scheduler must find for a stage.
Requirement RequirementOf(const Stage& stage);

class LiveBoard {
 public:
  // Of the running attempt. Returns whether it is news.
  bool SetProgress(const std::string& key, StageProgress progress);
  // The attempt has ended.
  void ClearProgress(const std::string& key);

  // Why no worker can run stages of these requirements now; replaces what was known.
  void SetUnplaceable(std::map<Requirement, std::string> reasons);

  StageView View(Stage stage) const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, StageProgress> progress_;
  std::map<Requirement, std::string> unplaceable_;
};

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_LIVE_BOARD_H_
