// Where a sweep stands.
//
//   RUNNING -> SUCCEEDED | FAILED
//   RUNNING -> CANCELLING -> CANCELLED
//   RUNNING -> CANCELLED                      (stopped, and what ran has ended)
//   SUCCEEDED, FAILED, CANCELLED -> RUNNING   (retried)
#ifndef SERVER_DOMAIN_SWEEP_STATE_H_
#define SERVER_DOMAIN_SWEEP_STATE_H_

#include <string_view>

#include "server/domain/trial_state.h"

namespace winnow::server {

// The numbers are on disk and equal those of the API (winnow.v1.SweepState).
enum class SweepState {
  kRunning = 1,
  kSucceeded = 2,  // every trial has all its results
  kFailed = 3,     // all that could run has ended and some trial lacks a result
  kCancelling = 4,
  kCancelled = 5,
};

// What a user has asked of a RUNNING sweep. The numbers are on disk.
enum class SweepHold {
  kNone = 0,
  kPaused = 1,    // nothing that only it needs is leased
  kStopping = 2,  // what runs is finished, the rest has been cancelled
};

// "RUNNING".
std::string_view SweepStateName(SweepState state);

bool IsTerminal(SweepState state);

// The trials of a sweep, counted.
struct TrialTally {
  int live = 0;  // PENDING or RUNNING
  int succeeded = 0;
  int failed = 0;
  int cancelled = 0;

  friend bool operator==(const TrialTally&, const TrialTally&) = default;
};

// The member that counts trials in that state.
int& CountsIn(TrialTally& tally, TrialState state);

// Where a sweep stands next: it ends once no stage that it needs and no trial of it is live. `live_stages` counts those
// that run or may run for this sweep (while cancelling: those still under a lease).
SweepState NextSweepState(SweepState now, int live_stages, const TrialTally& trials);

}  // namespace winnow::server

#endif  // SERVER_DOMAIN_SWEEP_STATE_H_
