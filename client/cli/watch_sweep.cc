#include "client/cli/watch_sweep.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "client/cli/display_width.h"
#include "client/cli/number_text.h"
#include "client/cli/progress_display.h"
#include "client/cli/resource_name.h"
#include "client/cli/stall_detector.h"
#include "client/cli/state_text.h"
#include "client/cli/sweep_view.h"
#include "client/cli/worker_view.h"

namespace winnow::cli {
namespace {

constexpr std::chrono::seconds kTick{1};
constexpr int kMostRestores = 5;  // without a message in between

// One WatchSweep call on a thread of its own, so that this one can look after the rest.
class WatchCall {
 public:
  WatchCall(Coordinator& coordinator, const std::string& sweep, ProgressDisplay* display)
      : thread_([this, &coordinator, sweep, display] {
          Status status = coordinator.WatchSweep(sweep, [&](const v1::WatchSweepResponse& message) {
            display->Take(message);
            std::lock_guard lock(mutex_);
            took_any_ = true;
            return true;
          });
          std::lock_guard lock(mutex_);
          status_ = std::move(status);
          changed_.notify_all();
        }) {}
  ~WatchCall() { thread_.join(); }

  // The call's end, waiting at most `limit`.
  std::optional<Status> AwaitEnd(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limit, [this] { return status_.has_value() || woken_; });
    woken_ = false;
    return status_;
  }
  void Wake() {
    std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_all();
  }
  bool took_any() {
    std::lock_guard lock(mutex_);
    return took_any_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Status> status_;
  bool took_any_ = false;
  bool woken_ = false;
  std::thread thread_;  // last: it uses the rest
};

class Watch {
 public:
  Watch(Session& session, const CommandContext& context, const WatchRequest& request)
      : session_(session),
        context_(context),
        request_(request),
        display_(context.err, context.err_terminal, context.clock),
        stall_(context.clock->Now()) {}

  Result<WatchOutcome> Run() {
    int restores = 0;
    while (true) {
      bool took_any = false;
      Status end = Once(&took_any);
      if (context_.interrupts->count() > 0) return Err(Cancelled("interrupted"));
      if (end.ok()) break;
      if (!given_up_.ok()) return Err(given_up_);
      if (lost_) end = Unavailable("the coordinator on " + session_.place() + " has ended");
      lost_ = false;
      restores = took_any ? 1 : restores + 1;
      if (restores > kMostRestores) return Err(end);
      WINNOW_RETURN_ERR_IF_ERROR(session_.Restore(end));
      display_.Note(session_.local() == nullptr
                        ? "winnow: " + session_.place() + " answers again"
                        : "winnow: the coordinator on " + session_.place() + " has ended; going on with a new one");
      if (request_.restored) WINNOW_RETURN_ERR_IF_ERROR(request_.restored());
    }
    display_.Finish();
    WatchOutcome outcome;
    WINNOW_ASSIGN_OR_RETURN(outcome.sweep, session_.coordinator().GetSweep(request_.sweep));
    outcome.progress = display_.progress();
    outcome.seconds = display_.seconds();
    return outcome;
  }

 private:
  // One call to its end; checks on the side.
  Status Once(bool* took_any) {
    WatchCall call(session_.coordinator(), request_.sweep, &display_);
    // A handler may still wake the call while this function returns, so it is taken away first.
    context_.interrupts->SetHandler([this, &call](int count) {
      OnInterrupt(count);
      call.Wake();
    });
    if (context_.interrupts->count() > 0) session_.Interrupt();
    std::optional<Status> end;
    while (!(end = call.AwaitEnd(kTick))) {
      if (!given_up_.ok() || lost_ || context_.interrupts->count() > 0) continue;
      given_up_ = Check();
      if (!given_up_.ok()) session_.Interrupt();
      // The call itself would go on trying to reach it.
      lost_ = session_.local() != nullptr && session_.local()->CoordinatorHasEnded();
      if (lost_) session_.coordinator().Interrupt();
    }
    context_.interrupts->SetHandler([this](int count) { OnInterrupt(count); });
    *took_any = call.took_any();
    return *end;
  }

  void OnInterrupt(int count) {
    if (count == 1) session_.Interrupt();
    if (count >= 2) session_.Kill();
  }

  // Not OK: there is no use in watching on.
  Status Check() {
    if (session_.local() != nullptr) WINNOW_RETURN_IF_ERROR(session_.local()->CheckWorker());
    const SweepProgress progress = display_.progress();
    if (!progress.started() || !stall_.IsStalled(progress, context_.clock->Now())) return OkStatus();
    std::string reason = StuckReasons(progress);
    if (reason.empty() && !request_.data_set.empty()) {
      const auto workers = session_.coordinator().ListWorkers();
      if (workers) reason = MissingDataSetText(*workers, request_.data_set, request_.data_digest);
    }
    if (reason.empty()) return OkStatus();
    if (request_.give_up_when_stuck) return Unavailable(std::move(reason));
    if (reason != noted_) display_.Note("winnow: waiting: " + reason);
    noted_ = reason;
    return OkStatus();
  }

  Session& session_;
  const CommandContext& context_;
  const WatchRequest& request_;
  ProgressDisplay display_;
  StallDetector stall_;
  Status given_up_;
  bool lost_ = false;
  std::string noted_;
};

}  // namespace

Result<WatchOutcome> WatchToEnd(Session& session, const CommandContext& context, const WatchRequest& request) {
  if (context.catch_signals) context.interrupts->CatchSignals();
  Watch watch(session, context, request);
  auto outcome = watch.Run();
  // While what was started is stopped in good order, a second one still kills it.
  context.interrupts->SetHandler([&session](int count) {
    if (count >= 2) session.Kill();
  });
  return outcome;
}

std::string EndLine(const WatchOutcome& outcome) {
  std::string line = ShownName(outcome.sweep.name()) + " " + StateText(outcome.sweep.state()) + " in " +
                     DurationText(outcome.seconds) + ": " + CountsText(outcome.sweep.stage_counts());
  if (!outcome.sweep.reason().empty()) line += "; " + OneLine(outcome.sweep.reason());
  return line;
}

}  // namespace winnow::cli
