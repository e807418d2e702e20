#include "worker/stage/run_stage.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <torch/cuda.h>

#include "base/durable_file.h"
#include "worker/nn/torch_status.h"
#include "worker/stage/numerics_class.h"
#include "worker/stage/stage_executor.h"

namespace winnow::worker {
namespace {

Status SetUpLibTorch(const StageRequest& request) {
  at::set_num_threads(request.threads);
  const bool cpu = request.device == "cpu";
  // On a GPU LibTorch has no other than varying algorithms for some operations: there results agree closely.
  at::globalContext().setDeterministicAlgorithms(/*enabled=*/cpu, /*warn_only=*/false);
  if (cpu) return OkStatus();
  if (!torch::cuda::is_available()) {
    return FailedPrecondition("this LibTorch finds no CUDA device, which /numerics/device asks for; use \"cpu\"");
  }
  return OkStatus();
}

Result<StageOutcome> Execute(const StageContext& context) {
  WINNOW_RETURN_ERR_IF_ERROR(MakeFolder(context.request.output_dir));
  // `what` stays general: messages of a stage's own come as a Status and name their place themselves.
  return CatchTorch("the computation", [&] { return MakeStageExecutor(context.request.kind)->Run(context); });
}

// `started` is the first line of every stage, also of one that fails before it says so itself.
int Fail(const Status& status, const std::string& numerics_class, EventWriter& events) {
  if (!events.has_started()) events.Started({numerics_class});
  events.Error(status, IsRetryable(status.code()));
  return kExitFailed;
}

}  // namespace

bool IsRetryable(StatusCode code) {
  switch (code) {
    case StatusCode::kInvalidArgument:
    case StatusCode::kFailedPrecondition:
    case StatusCode::kOutOfRange:
    case StatusCode::kUnimplemented:
      return false;
    default:
      return true;
  }
}

int RunStage(const std::filesystem::path& request_file, EventWriter& events, const Clock& clock,
             const std::function<bool()>& stop_requested) {
  const Result<StageRequest> request = ReadStageRequest(request_file);
  if (!request) return Fail(request.error(), NumericsClass(1), events);
  const std::string numerics_class = NumericsClass(request->threads) + (request->device == "cpu" ? "" : ";device=cuda");
  if (const Status ready = SetUpLibTorch(*request); !ready.ok()) {
    return Fail(ready.WithContext(request->stage), numerics_class, events);
  }
  const StageContext context{.request = *request,
                             .events = events,
                             .clock = clock,
                             .numerics_class = numerics_class,
                             .stop_requested = stop_requested};
  const Result<StageOutcome> outcome = Execute(context);
  if (!outcome) return Fail(outcome.error().WithContext(request->stage), context.numerics_class, events);
  if (outcome->stopped) return kExitGivenBack;
  if (const Status written = events.Result(outcome->values); !written.ok()) {
    return Fail(written.WithContext(request->stage), context.numerics_class, events);
  }
  return events.failed() ? kExitFailed : kExitDone;
}

}  // namespace winnow::worker
