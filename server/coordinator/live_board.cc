#include "server/coordinator/live_board.h"

#include <utility>

namespace winnow::server {

Requirement RequirementOf(const Stage& stage) {
  return {.kind = stage.kind,
          .version = stage.version,
          .threads = stage.threads,
          .memory_bytes = stage.memory_bytes,
          .exclusive = stage.exclusive,
          .data_set = stage.data_set,
          .data_digest = stage.data_digest,
          .fingerprint = stage.fingerprint,
          .labels = stage.labels,
          .user = ""};
}

bool LiveBoard::SetProgress(const std::string& key, StageProgress progress) {
  std::lock_guard lock(mutex_);
  StageProgress& known = progress_[key];
  if (known == progress) return false;
  known = std::move(progress);
  return true;
}

void LiveBoard::ClearProgress(const std::string& key) {
  std::lock_guard lock(mutex_);
  progress_.erase(key);
}

void LiveBoard::SetUnplaceable(std::map<Requirement, std::string> reasons) {
  std::lock_guard lock(mutex_);
  unplaceable_ = std::move(reasons);
}

StageView LiveBoard::View(Stage stage) const {
  StageView view{std::move(stage), std::nullopt};
  std::lock_guard lock(mutex_);
  if (IsUnderLease(view.stage.state)) {
    if (const auto it = progress_.find(view.stage.key); it != progress_.end()) view.progress = it->second;
  } else if (view.stage.state == StageState::kQueued && !unplaceable_.empty()) {
    const auto it = unplaceable_.find(RequirementOf(view.stage));
    if (it != unplaceable_.end()) view.stage.reason = it->second;
  }
  return view;
}

}  // namespace winnow::server
