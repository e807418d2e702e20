#include "server/coordinator/sweep_desk.h"

#include <memory>
#include <utility>

#include "server/coordinator/store_graph.h"
#include "server/coordinator/sweep_changes.h"

namespace winnow::server {
namespace {

// A submission between its transaction and the commit.
struct PendingSubmission {
  Submission submission;
  bool validate_only = false;
  SubmittedSweep submitted;
  Effects effects;
  bool is_followed = false;
};

struct PendingChange {
  SweepView view;
  Effects effects;
  bool is_followed = false;
};

void Submit(const CoordinatorParts& parts, std::shared_ptr<PendingSubmission> pending, Done<CreatedSweep> done) {
  const auto transaction = [&parts, pending](StoreWriter& writer) -> Status {
    pending->effects = Effects();
    WINNOW_ASSIGN_OR_RETURN_STATUS(
        pending->submitted, StoreSubmission(writer, pending->submission, parts.clock->WallNow(), pending->effects));
    if (pending->submitted.is_replay) {  // the spec that was stored, whatever this request says
      WINNOW_ASSIGN_OR_RETURN_STATUS(const std::optional<std::string> spec,
                                     writer.FindSweepSpec(pending->submitted.sweep.id));
      pending->submission.spec_json = spec.value_or("");
    }
    if (pending->validate_only) return Aborted("only to be validated");  // an error takes everything back
    if (pending->submitted.is_replay) return OkStatus();
    parts.dispatcher->AddSweep(pending->submitted.sweep, NodesOf(pending->submission.graph));
    parts.dispatcher->Follow(pending->effects);
    pending->is_followed = true;
    return OkStatus();
  };
  parts.store->Submit(transaction, [&parts, pending, done = std::move(done)](const Status& status) {
    const bool validated = pending->validate_only && status.code() == StatusCode::kAborted;
    if (!status.ok() && pending->is_followed) parts.dispatcher->Distrust();
    if (!status.ok() && !validated) return done(Err(status));
    if (pending->is_followed) parts.dispatcher->Announce(pending->effects);
    done(CreatedSweep{{pending->submitted.sweep, pending->submission.spec_json}, pending->submitted.comparison});
  });
}

}  // namespace

void SweepDesk::Create(CreateSweepCommand command, Done<CreatedSweep> done) {
  // Parsing a megabyte and planning thousands of stages is not for the thread that the call came on.
  parts_.io->Post([&parts = parts_, command = std::move(command), done = std::move(done)]() mutable {
    Result<Submission> submission =
        PrepareSubmission(std::move(command.request_id), std::move(command.user), std::move(command.spec_json),
                          parts.dispatcher->MachineToTimeOn());
    if (!submission) return done(Err(submission.error()));
    auto pending = std::make_shared<PendingSubmission>();
    pending->submission = *std::move(submission);
    pending->validate_only = command.validate_only;
    Submit(parts, std::move(pending), std::move(done));
  });
}

void SweepDesk::Run(Change change, Done<SweepView> done) {
  auto pending = std::make_shared<PendingChange>();
  const auto transaction = [&parts = parts_, pending, change = std::move(change)](StoreWriter& writer) -> Status {
    pending->effects = Effects();
    WINNOW_ASSIGN_OR_RETURN_STATUS(pending->view.sweep, change(writer, pending->effects));
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::optional<std::string> spec, writer.FindSweepSpec(pending->view.sweep.id));
    pending->view.spec_json = spec.value_or("");
    parts.dispatcher->Follow(pending->effects);
    pending->is_followed = true;
    return OkStatus();
  };
  parts_.store->Submit(transaction, [&parts = parts_, pending, done = std::move(done)](const Status& status) {
    if (!status.ok() && pending->is_followed) parts.dispatcher->Distrust();
    if (!status.ok()) return done(Err(status));
    parts.dispatcher->Announce(pending->effects);
    done(std::move(pending->view));
  });
}

void SweepDesk::Cancel(std::string request_id, std::string id, Done<SweepView> done) {
  Run([clock = parts_.clock, request_id = std::move(request_id), id = std::move(id)](
          StoreWriter& writer,
          Effects& effects) { return StoreCancel(writer, request_id, id, clock->WallNow(), effects); },
      std::move(done));
}

void SweepDesk::Pause(std::string request_id, std::string id, bool pause, Done<SweepView> done) {
  Run([request_id = std::move(request_id), id = std::move(id), pause](
          StoreWriter& writer, Effects& effects) { return StorePause(writer, request_id, id, pause, effects); },
      std::move(done));
}

void SweepDesk::Stop(std::string request_id, std::string id, Done<SweepView> done) {
  Run([clock = parts_.clock, request_id = std::move(request_id), id = std::move(id)](
          StoreWriter& writer,
          Effects& effects) { return StoreStop(writer, request_id, id, clock->WallNow(), effects); },
      std::move(done));
}

void SweepDesk::Retry(std::string request_id, std::string id, RetryScope scope, Done<RetryAnswer> done) {
  auto retried = std::make_shared<int>(0);
  Run(
      [&parts = parts_, request_id = std::move(request_id), id = std::move(id), scope, retried](
          StoreWriter& writer, Effects& effects) -> Result<Sweep> {
        WINNOW_ASSIGN_OR_RETURN(RetriedSweep sweep,
                                StoreRetry(writer, request_id, id, scope, parts.clock->WallNow(), effects));
        *retried = sweep.stages;
        if (!sweep.nodes.empty()) parts.dispatcher->AddSweep(sweep.sweep, sweep.nodes);
        return std::move(sweep.sweep);
      },
      [retried, done = std::move(done)](Result<SweepView> view) {
        if (!view) return done(Err(view.error()));
        done(RetryAnswer{*std::move(view), *retried});
      });
}

}  // namespace winnow::server
