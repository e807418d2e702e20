#include "server/domain/sweep_state.h"

namespace winnow::server {

std::string_view SweepStateName(SweepState state) {
  switch (state) {
    case SweepState::kRunning:
      return "RUNNING";
    case SweepState::kSucceeded:
      return "SUCCEEDED";
    case SweepState::kFailed:
      return "FAILED";
    case SweepState::kCancelling:
      return "CANCELLING";
    case SweepState::kCancelled:
      return "CANCELLED";
  }
  return "UNSPECIFIED";
}

bool IsTerminal(SweepState state) { return state != SweepState::kRunning && state != SweepState::kCancelling; }

int& CountsIn(TrialTally& tally, TrialState state) {
  switch (state) {
    case TrialState::kSucceeded:
      return tally.succeeded;
    case TrialState::kFailed:
      return tally.failed;
    case TrialState::kCancelled:
      return tally.cancelled;
    case TrialState::kPending:
    case TrialState::kRunning:
      break;
  }
  return tally.live;
}

SweepState NextSweepState(SweepState now, int live_stages, const TrialTally& trials) {
  if (IsTerminal(now) || live_stages > 0) return now;
  if (now == SweepState::kCancelling) return SweepState::kCancelled;
  if (trials.live > 0) return now;
  return trials.failed + trials.cancelled == 0 ? SweepState::kSucceeded : SweepState::kFailed;
}

}  // namespace winnow::server
