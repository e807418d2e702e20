#include "client/cli/sweep_progress.h"

#include <algorithm>

#include "client/cli/state_text.h"

namespace winnow::cli {
namespace {

bool IsRunning(const v1::Stage& stage) {
  return stage.state() == v1::STAGE_STATE_RUNNING || stage.state() == v1::STAGE_STATE_CANCELLING;
}

}  // namespace

void SweepProgress::Take(const v1::WatchSweepResponse& message) {
  if (message.has_sweep()) sweep_ = message.sweep();
  for (const v1::Stage& stage : message.stages()) {
    const auto known = stages_.find(stage.name());
    const bool was_ended = known != stages_.end() && HasEnded(known->second.state());
    const bool was_running = known != stages_.end() && IsRunning(known->second);
    if (HasEnded(stage.state()) && !was_ended) {
      if (!started_) {
        ++found_ended_;
      } else {
        newly_ended_.push_back(stage);
        if (stage.state() == v1::STAGE_STATE_SUCCEEDED) ++succeeded_since_;
      }
    }
    if (IsRunning(stage) && !was_running) {
      std::erase(began_, stage.name());
      began_.push_back(stage.name());
    }
    stages_[stage.name()] = stage;
  }
  started_ = true;
}

std::vector<const v1::Stage*> SweepProgress::Running() const {
  std::vector<const v1::Stage*> running;
  for (const std::string& name : began_) {
    if (const v1::Stage& stage = stages_.at(name); IsRunning(stage)) running.push_back(&stage);
  }
  return running;
}

std::vector<const v1::Stage*> SweepProgress::Stuck() const {
  std::vector<const v1::Stage*> stuck;
  for (const auto& [name, stage] : stages_) {
    if (stage.state() == v1::STAGE_STATE_QUEUED && !stage.reason().empty()) stuck.push_back(&stage);
  }
  return stuck;
}

const v1::Stage* SweepProgress::Find(const std::string& name) const {
  const auto it = stages_.find(name);
  return it == stages_.end() ? nullptr : &it->second;
}

std::vector<v1::Stage> SweepProgress::TakeEnded() { return std::exchange(newly_ended_, {}); }

int SweepProgress::ended() const {
  return static_cast<int>(
      std::count_if(stages_.begin(), stages_.end(), [](const auto& entry) { return HasEnded(entry.second.state()); }));
}

}  // namespace winnow::cli
