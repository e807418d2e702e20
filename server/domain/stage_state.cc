#include "server/domain/stage_state.h"

namespace winnow::server {

std::string_view StageStateName(StageState state) {
  switch (state) {
    case StageState::kBlocked:
      return "BLOCKED";
    case StageState::kQueued:
      return "QUEUED";
    case StageState::kRunning:
      return "RUNNING";
    case StageState::kSucceeded:
      return "SUCCEEDED";
    case StageState::kFailed:
      return "FAILED";
    case StageState::kCancelling:
      return "CANCELLING";
    case StageState::kCancelled:
      return "CANCELLED";
  }
  return "UNSPECIFIED";
}

bool IsTerminal(StageState state) {
  return state == StageState::kSucceeded || state == StageState::kFailed || state == StageState::kCancelled;
}

bool IsUnderLease(StageState state) { return state == StageState::kRunning || state == StageState::kCancelling; }

bool MayMove(StageState from, StageState to) {
  using enum StageState;
  switch (from) {
    case kBlocked:
      return to == kQueued || to == kFailed || to == kCancelled;
    case kQueued:
      return to == kRunning || to == kFailed || to == kCancelled;
    case kRunning:
      return to == kQueued || to == kSucceeded || to == kFailed || to == kCancelling;
    case kCancelling:
      return to == kCancelled || to == kSucceeded;
    case kFailed:
    case kCancelled:
      return to == kBlocked || to == kQueued;
    case kSucceeded:
      return false;
  }
  return false;
}

int StageCounts::total() const {
  int sum = 0;
  for (const int count : counts_) sum += count;
  return sum;
}

int StageCounts::live() const {
  int sum = 0;
  for (const StageState state : kStageStates) sum += IsTerminal(state) ? 0 : (*this)[state];
  return sum;
}

}  // namespace winnow::server
