#include "server/domain/trial_state.h"

#include <algorithm>

namespace winnow::server {

std::string_view TrialStateName(TrialState state) {
  switch (state) {
    case TrialState::kPending:
      return "PENDING";
    case TrialState::kRunning:
      return "RUNNING";
    case TrialState::kSucceeded:
      return "SUCCEEDED";
    case TrialState::kFailed:
      return "FAILED";
    case TrialState::kCancelled:
      return "CANCELLED";
  }
  return "UNSPECIFIED";
}

bool IsTerminal(TrialState state) { return state != TrialState::kPending && state != TrialState::kRunning; }

TrialState TrialStateOf(std::span<const StageState> stages, bool all_planned) {
  const auto any = [&](auto is) { return std::any_of(stages.begin(), stages.end(), is); };
  if (any([](StageState s) { return s == StageState::kFailed; })) return TrialState::kFailed;
  if (any([](StageState s) { return s == StageState::kCancelled; })) return TrialState::kCancelled;
  if (!any([](StageState s) { return s != StageState::kSucceeded; })) {
    return all_planned ? TrialState::kSucceeded : TrialState::kRunning;
  }
  if (!any([](StageState s) { return s != StageState::kBlocked && s != StageState::kQueued; })) {
    return TrialState::kPending;
  }
  return TrialState::kRunning;
}

}  // namespace winnow::server
