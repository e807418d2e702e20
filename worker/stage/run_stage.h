// One stage from request to the last event line: what `winnow-stage --request` does.
#ifndef WORKER_STAGE_RUN_STAGE_H_
#define WORKER_STAGE_RUN_STAGE_H_

#include <filesystem>
#include <functional>

#include "base/clock.h"
#include "base/status.h"
#include "worker/stage/event_writer.h"

namespace winnow::worker {

// Exit statuses of an executor, docs/formats.md section 4.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitGivenBack = 75;

// Whether another attempt, on this worker or another, may well succeed: not where request or numbers are at fault.
bool IsRetryable(StatusCode code);

// Reads the request, sets up LibTorch for it, runs the executor, and ends with `result` or `error`, or with neither
// when it was stopped. Returns the exit status. Exceptions of LibTorch and std::bad_alloc end here, as `error`.
int RunStage(const std::filesystem::path& request_file, EventWriter& events, const Clock& clock,
             const std::function<bool()>& stop_requested);

}  // namespace winnow::worker

#endif  // WORKER_STAGE_RUN_STAGE_H_
