// Where a stage stands, and which way it may go on.
//
//   BLOCKED -> QUEUED -> RUNNING -> SUCCEEDED
//                 ^---------'  '--> FAILED        (the last attempt failed; a parent failed: from BLOCKED too)
//   RUNNING -> CANCELLING -> CANCELLED            (BLOCKED and QUEUED are CANCELLED at once)
//   FAILED, CANCELLED -> BLOCKED or QUEUED        (a new sweep wants the result)
//   CANCELLING -> SUCCEEDED                       (it had ended before the cancel reached it)
// *Why* it stands there is a text beside the state, not another state.
#ifndef SERVER_DOMAIN_STAGE_STATE_H_
#define SERVER_DOMAIN_STAGE_STATE_H_

#include <array>
#include <string_view>

namespace winnow::server {

// The numbers are on disk and equal those of the API (winnow.v1.StageState).
enum class StageState {
  kBlocked = 1,  // waits for a parent
  kQueued = 2,
  kRunning = 3,  // under a lease
  kSucceeded = 4,
  kFailed = 5,
  kCancelling = 6,  // under a lease that is to end
  kCancelled = 7,
};

inline constexpr std::array<StageState, 7> kStageStates = {
    StageState::kBlocked, StageState::kQueued,     StageState::kRunning,  StageState::kSucceeded,
    StageState::kFailed,  StageState::kCancelling, StageState::kCancelled};

// "QUEUED".
std::string_view StageStateName(StageState state);

// SUCCEEDED, FAILED and CANCELLED: it stays so unless a new sweep wants another try.
bool IsTerminal(StageState state);
// RUNNING and CANCELLING.
bool IsUnderLease(StageState state);

// Whether the arrows above lead from one to the other. Staying is no move.
bool MayMove(StageState from, StageState to);

// How many stages of a sweep are in each state.
class StageCounts {
 public:
  int operator[](StageState state) const { return counts_[static_cast<size_t>(state) - 1]; }
  int& operator[](StageState state) { return counts_[static_cast<size_t>(state) - 1]; }

  int total() const;
  // Those that have not ended.
  int live() const;

  friend bool operator==(const StageCounts&, const StageCounts&) = default;

 private:
  std::array<int, kStageStates.size()> counts_{};
};

}  // namespace winnow::server

#endif  // SERVER_DOMAIN_STAGE_STATE_H_
