#include "server/coordinator/graph_walk.h"

#include <iterator>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace winnow::server {

std::string FailureText(const Stage& stage) {
  return stage.failed_attempts > 0 ? stage.label + " failed: " + stage.reason : stage.reason;
}

Status GraphWalk::Follow(const Stage& stage) {
  stages_.insert(stage.key);
  switch (stage.state) {
    case StageState::kQueued:
      effects_->queued.push_back(stage);
      return OkStatus();
    case StageState::kSucceeded:
      return QueueReadyChildren(stage);
    case StageState::kFailed:
      return FailDescendants(stage);
    case StageState::kCancelled: {
      WINNOW_ASSIGN_OR_RETURN_STATUS(const bool needed, IsNeeded(stage.key));
      if (!needed) return OkStatus();
      Stage again = stage;
      again.state = StageState::kQueued;
      again.reason.clear();
      again.end_time.reset();
      WINNOW_RETURN_IF_ERROR(writer_->UpdateStage(again));
      effects_->queued.push_back(std::move(again));
      return OkStatus();
    }
    case StageState::kBlocked:
    case StageState::kRunning:
    case StageState::kCancelling:
      return OkStatus();
  }
  return OkStatus();
}

Status GraphWalk::QueueReadyChildren(const Stage& parent) {
  WINNOW_ASSIGN_OR_RETURN_STATUS(const std::vector<std::string> children, writer_->ChildrenOf(parent.key));
  for (const std::string& key : children) {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const StageState state, writer_->StateOfStage(key));
    if (state != StageState::kBlocked) continue;
    WINNOW_ASSIGN_OR_RETURN_STATUS(Stage child, writer_->GetStage(key));
    WINNOW_ASSIGN_OR_RETURN_STATUS(const bool ready, AllSucceeded(child.parents));
    if (!ready) continue;
    child.state = StageState::kQueued;
    WINNOW_RETURN_IF_ERROR(writer_->UpdateStage(child));
    // Nothing to settle for it: no trial's state tells BLOCKED from QUEUED, and its sweeps are its parent's too.
    effects_->queued.push_back(std::move(child));
  }
  return OkStatus();
}

Status GraphWalk::FailDescendants(const Stage& root) {
  const std::string reason = FailureText(root);
  std::vector<std::string> pending = {root.key};
  while (!pending.empty()) {
    const std::string key = std::move(pending.back());
    pending.pop_back();
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::vector<std::string> children, writer_->ChildrenOf(key));
    for (const std::string& child_key : children) {
      WINNOW_ASSIGN_OR_RETURN_STATUS(Stage child, writer_->GetStage(child_key));
      if (child.state != StageState::kBlocked) continue;
      child.state = StageState::kFailed;
      child.reason = reason;
      child.end_time = now_;
      WINNOW_RETURN_IF_ERROR(writer_->UpdateStage(child));
      stages_.insert(child_key);
      pending.push_back(child_key);
    }
  }
  return OkStatus();
}

Result<bool> GraphWalk::AllSucceeded(const std::vector<std::string>& keys) const {
  for (const std::string& key : keys) {
    WINNOW_ASSIGN_OR_RETURN(const StageState state, writer_->StateOfStage(key));
    if (state != StageState::kSucceeded) return false;
  }
  return true;
}

Result<bool> GraphWalk::IsNeeded(const std::string& key, const std::string& but) const {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<StagePlace> places, writer_->PlacesOfStage(key));
  for (const StagePlace& place : places) {
    if (place.sweep == but) continue;
    WINNOW_ASSIGN_OR_RETURN(const Sweep sweep, writer_->GetSweep(place.sweep));
    if (sweep.state == SweepState::kRunning && sweep.hold != SweepHold::kStopping) return true;
  }
  return false;
}

Status GraphWalk::Settle() {
  WINNOW_ASSIGN_OR_RETURN_STATUS(const std::set<std::string> ids, SweepsToSettle());
  std::map<std::string, Sweep> sweeps;
  for (const std::string& id : ids) {
    effects_->changed_sweeps.insert(id);
    WINNOW_ASSIGN_OR_RETURN_STATUS(sweeps[id], writer_->GetSweep(id));
  }
  // What a sweep that has ended, or is about to, said of its trials stands, whatever becomes of stages it shared.
  WINNOW_ASSIGN_OR_RETURN_STATUS(std::vector<Trial> trials, TrialsToSettle());
  std::set<std::pair<std::string, std::string>> settled;
  for (Trial& trial : trials) {
    const auto sweep = sweeps.find(trial.sweep);
    if (sweep == sweeps.end() || sweep->second.state != SweepState::kRunning) continue;
    if (!settled.emplace(trial.sweep, trial.id).second) continue;
    WINNOW_RETURN_IF_ERROR(SettleTrial(std::move(trial), sweep->second));
  }
  for (auto& [id, sweep] : sweeps) {
    if (!IsTerminal(sweep.state)) WINNOW_RETURN_IF_ERROR(SettleSweep(std::move(sweep)));
  }
  return OkStatus();
}

Result<std::set<std::string>> GraphWalk::SweepsToSettle() const {
  std::set<std::string> sweeps = whole_sweeps_;
  for (const std::string& key : stages_) {
    WINNOW_ASSIGN_OR_RETURN(const std::vector<StagePlace> places, writer_->PlacesOfStage(key));
    for (const StagePlace& place : places) sweeps.insert(place.sweep);
  }
  return sweeps;
}

Result<std::vector<Trial>> GraphWalk::TrialsToSettle() const {
  std::vector<Trial> trials;
  for (const std::string& key : stages_) {
    WINNOW_ASSIGN_OR_RETURN(std::vector<Trial> standing, writer_->TrialsOfStage(key));
    std::move(standing.begin(), standing.end(), std::back_inserter(trials));
  }
  for (const std::string& id : whole_sweeps_) {
    WINNOW_RETURN_ERR_IF_ERROR(writer_->ForEachTrial(id, [&](Trial trial) {
      trials.push_back(std::move(trial));
      return OkStatus();
    }));
  }
  return trials;
}

Status GraphWalk::SettleTrial(Trial trial, const Sweep& sweep) {
  std::vector<StageState> states;
  std::string failed;
  std::string cancelled;
  for (const std::string& key : {trial.net, trial.evaluate, trial.benchmark}) {
    if (key.empty()) continue;
    WINNOW_ASSIGN_OR_RETURN_STATUS(const StageState state, writer_->StateOfStage(key));
    states.push_back(state);
    if (state != StageState::kFailed && state != StageState::kCancelled) continue;
    WINNOW_ASSIGN_OR_RETURN_STATUS(const Stage stage, writer_->GetStage(key));
    if (state == StageState::kFailed && failed.empty()) failed = FailureText(stage);
    if (state == StageState::kCancelled && cancelled.empty()) cancelled = stage.reason;
  }
  const TrialState before = trial.state;
  trial.state = TrialStateOf(states, !sweep.awaits_fingerprint);
  if (trial.state == before) return OkStatus();
  trial.reason = trial.state == TrialState::kFailed      ? failed
                 : trial.state == TrialState::kCancelled ? cancelled
                                                         : std::string();
  return writer_->UpdateTrialState(trial);
}

Status GraphWalk::SettleSweep(Sweep sweep) {
  const bool cancelling = sweep.state == SweepState::kCancelling;
  // A cancelled sweep waits for its own leases to end, not for what others let run.
  const int live_stages = cancelling ? sweep.stage_counts[StageState::kCancelling] : sweep.stage_counts.live();
  if (live_stages > 0) return OkStatus();  // nearly always: it goes on, whatever its trials say
  WINNOW_ASSIGN_OR_RETURN_STATUS(const TrialTally tally, writer_->CountTrials(sweep.id));
  const SweepState before = sweep.state;
  sweep.state = NextSweepState(before, live_stages, tally);
  if (sweep.state == before) return OkStatus();
  // The dense net's own evaluation and benchmark belong to no pruned trial, yet every trial is compared with them.
  if (sweep.state == SweepState::kSucceeded && sweep.stage_counts[StageState::kFailed] > 0) {
    sweep.state = SweepState::kFailed;
  }
  if (sweep.state == SweepState::kFailed && sweep.hold == SweepHold::kStopping) {
    sweep.state = SweepState::kCancelled;
    sweep.reason = "stopped by a user";
  } else if (sweep.state == SweepState::kFailed) {
    WINNOW_ASSIGN_OR_RETURN_STATUS(sweep.reason, WhyFailed(sweep, tally));
  }
  sweep.hold = SweepHold::kNone;
  sweep.end_time = now_;
  effects_->ended_sweeps.push_back(sweep.id);
  return writer_->UpdateSweep(sweep);
}

Result<std::string> GraphWalk::WhyFailed(const Sweep& sweep, const TrialTally& trials) const {
  const int lacking = trials.failed + trials.cancelled;
  std::string why = lacking == 0 ? "the dense net lacks a result"
                                 : std::to_string(lacking) + " of " + std::to_string(sweep.trial_count) +
                                       (sweep.trial_count == 1 ? " trial lacks" : " trials lack") + " a result";
  // The first in the graph's order that failed by itself is the cause of the rest, as far as there is one.
  std::optional<Stage> cause;
  WINNOW_RETURN_ERR_IF_ERROR(writer_->ForEachChangedStage(sweep.id, 0, [&](Stage stage) {
    if (!cause && stage.state == StageState::kFailed) cause = std::move(stage);
    return OkStatus();
  }));
  return cause ? why + ": " + FailureText(*cause) : why;
}

}  // namespace winnow::server
