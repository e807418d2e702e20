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
};

struct PendingCancel {
  SweepView view;
  Effects effects;
};

void Submit(const CoordinatorParts& parts, std::shared_ptr<PendingSubmission> pending, Done<SweepView> done) {
  const auto transaction = [&parts, pending](StoreWriter& writer) -> Status {
    pending->effects = Effects();
    WINNOW_ASSIGN_OR_RETURN_STATUS(
        pending->submitted, StoreSubmission(writer, pending->submission, parts.clock->WallNow(), pending->effects));
    if (pending->submitted.is_replay) {  // the spec that was stored, whatever this request says
      WINNOW_ASSIGN_OR_RETURN_STATUS(const std::optional<std::string> spec,
                                     writer.FindSweepSpec(pending->submitted.sweep.id));
      pending->submission.spec_json = spec.value_or("");
    }
    // An error takes everything back.
    return pending->validate_only ? Aborted("only to be validated") : OkStatus();
  };
  parts.store->Submit(transaction, [&parts, pending, done = std::move(done)](const Status& status) {
    const bool validated = pending->validate_only && status.code() == StatusCode::kAborted;
    if (!status.ok() && !validated) return done(Err(status));
    if (status.ok() && !pending->submitted.is_replay) {
      parts.dispatcher->AddSweep(pending->submitted.sweep, NodesOf(pending->submission.graph));
      parts.dispatcher->Apply(pending->effects);
    }
    done(SweepView{pending->submitted.sweep, pending->submission.spec_json});
  });
}

}  // namespace

void SweepDesk::Create(CreateSweepCommand command, Done<SweepView> done) {
  // Parsing a megabyte and planning thousands of stages is not for the thread that the call came on.
  parts_.io->Post([&parts = parts_, command = std::move(command), done = std::move(done)]() mutable {
    Result<Submission> submission = PrepareSubmission(std::move(command.request_id), std::move(command.spec_json),
                                                      parts.dispatcher->MachineToTimeOn());
    if (!submission) return done(Err(submission.error()));
    auto pending = std::make_shared<PendingSubmission>();
    pending->submission = *std::move(submission);
    pending->validate_only = command.validate_only;
    Submit(parts, std::move(pending), std::move(done));
  });
}

void SweepDesk::Cancel(std::string request_id, std::string id, Done<SweepView> done) {
  auto pending = std::make_shared<PendingCancel>();
  const auto transaction = [&parts = parts_, pending, request_id = std::move(request_id),
                            id = std::move(id)](StoreWriter& writer) -> Status {
    pending->effects = Effects();
    WINNOW_ASSIGN_OR_RETURN_STATUS(pending->view.sweep,
                                   StoreCancel(writer, request_id, id, parts.clock->WallNow(), pending->effects));
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::optional<std::string> spec, writer.FindSweepSpec(id));
    pending->view.spec_json = spec.value_or("");
    return OkStatus();
  };
  parts_.store->Submit(transaction, [&parts = parts_, pending, done = std::move(done)](const Status& status) {
    if (!status.ok()) return done(Err(status));
    parts.dispatcher->Apply(pending->effects);
    done(std::move(pending->view));
  });
}

}  // namespace winnow::server
