// What computes one kind of stage.
#ifndef WORKER_STAGE_STAGE_EXECUTOR_H_
#define WORKER_STAGE_STAGE_EXECUTOR_H_

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "worker/stage/event_writer.h"
#include "worker/stage/stage_request.h"

namespace winnow::worker {

// Ownership  borrows everything for the length of a Run().
struct StageContext {
  const StageRequest& request;
  EventWriter& events;
  const Clock& clock;
  std::string numerics_class;
  std::function<bool()> stop_requested;  // asked at every step
};

struct StageOutcome {
  bool stopped = false;  // gave up because it was asked to; any resume point has been reported
  Json values;           // docs/formats.md section 5, of a stage that ended
};

// Threads    Run() once, on the caller's thread; LibTorch's settings (threads, determinism) are made by then.
class StageExecutor {
 public:
  virtual ~StageExecutor() = default;
  // Reports `started` first, then everything but `result` and `error`, which are the caller's. Writes only under the
  // request's output folder. LibTorch's exceptions pass through.
  virtual Result<StageOutcome> Run(const StageContext& context) = 0;
};

// The executor of a kind, which is that of the request it will be given.
std::unique_ptr<StageExecutor> MakeStageExecutor(spec::StageKind kind);

}  // namespace winnow::worker

#endif  // WORKER_STAGE_STAGE_EXECUTOR_H_
