// Where a trial stands; a function of its stages.
#ifndef SERVER_DOMAIN_TRIAL_STATE_H_
#define SERVER_DOMAIN_TRIAL_STATE_H_

#include <span>
#include <string_view>

#include "server/domain/stage_state.h"

namespace winnow::server {

// The numbers are on disk and equal those of the API (winnow.v1.TrialState).
enum class TrialState { kPending = 1, kRunning = 2, kSucceeded = 3, kFailed = 4, kCancelled = 5 };

// "PENDING".
std::string_view TrialStateName(TrialState state);

bool IsTerminal(TrialState state);

// The state of a trial whose stages (net, evaluation, benchmark) are in `stages`: FAILED where one failed, else
// CANCELLED where one was cancelled, SUCCEEDED where all succeeded, PENDING where none has begun, else RUNNING.
// `all_planned` is false while a stage of it is not even planned (a benchmark before a machine to time on is known): it
// then ends in no SUCCEEDED. `stages` is not empty.
TrialState TrialStateOf(std::span<const StageState> stages, bool all_planned);

}  // namespace winnow::server

#endif  // SERVER_DOMAIN_TRIAL_STATE_H_
