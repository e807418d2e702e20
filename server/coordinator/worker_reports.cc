// The part of WorkerDesk that takes reports of attempts, and their ends.
#include <memory>
#include <utility>

#include "base/logging.h"
#include "server/coordinator/worker_desk.h"

namespace winnow::server {
namespace {

constexpr char kCompleteStage[] = "CompleteStage";

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

}  // namespace

void WorkerDesk::AppendLog(const Lease& lease, const LogBytes& log) {
  if (log.content.empty()) return;
  // A log is for people: a full disk must not fail the attempt for it.
  const Status status = parts_.logs->Append(lease.stage, lease.attempt, log.offset, log.content);
  if (!status.ok()) spdlog::warn("log bytes of stages/{} are dropped: {}", lease.stage, status.ToString());
  parts_.followers->Poke(lease.stage);
}

void WorkerDesk::Report(ReportCommand command, Done<bool> done) {
  parts_.io->Post([this, command = std::move(command), done = std::move(done)]() mutable {
    const std::optional<Lease> lease = parts_.leases->Find(command.token);
    if (!lease) return done(Err(LeaseLostStatus()));
    AppendLog(*lease, command.log);
    if (command.progress && parts_.board->SetProgress(lease->stage, *std::move(command.progress))) {
      parts_.hub->StageChanged(lease->stage, parts_.dispatcher->SweepsOf(lease->stage));
    }
    const bool resumes = command.report.resume.has_value();
    parts_.leases->Report(command.token, std::move(command.report),
                          [this, stage = lease->stage, resumes, done = std::move(done)](Result<ProgressTaken> taken) {
                            if (!taken) return done(Err(taken.error()));
                            parts_.trash->Add(taken->unused_artifacts);
                            if (resumes) parts_.hub->SweepsChanged(parts_.dispatcher->SweepsOf(stage));
                            done(taken->cancel_requested);
                          });
  });
}

void WorkerDesk::Complete(CompleteCommand command, Done<MaybeLease> done) {
  auto shared = std::make_shared<CompleteCommand>(std::move(command));
  parts_.io->Post([this, shared, done = std::move(done)]() mutable {
    const std::optional<Lease> lease = parts_.leases->Find(shared->token);
    if (lease) AppendLog(*lease, shared->log);
    EndLease(std::move(shared), lease ? lease->worker : "", std::move(done));
  });
}

void WorkerDesk::EndLease(std::shared_ptr<CompleteCommand> command, const std::string& worker, Done<MaybeLease> done) {
  EndReport report{.measurements = std::move(command->measurements),
                   .request = RequestRecord{command->request_id, kCompleteStage, worker}};
  LeaseTable::Ended ended = [this, command, done = std::move(done)](const Result<EndedLease>& end) {
    if (!end) return done(Err(end.error()));
    if (!end->repeated) AfterEnd(*end);
    if (!command->acquire_next) return done(MaybeLease());
    AcquireNext(*command, end->repeated ? end->reply : end->lease.worker, done);
  };
  LeaseTable& leases = *parts_.leases;
  const std::string& token = command->token;
  std::visit(
      Overloaded{
          [&](AttemptSuccess& success) {
            leases.Succeed(token, std::move(success), std::move(report), std::move(ended));
          },
          [&](AttemptFailure& failure) { leases.Fail(token, std::move(failure), std::move(report), std::move(ended)); },
          [&](AttemptReturn& back) { leases.GiveBack(token, std::move(back), std::move(report), std::move(ended)); },
          [&](AttemptCancelled&) { leases.Cancelled(token, std::move(report), std::move(ended)); }},
      command->outcome);
}

void WorkerDesk::AfterEnd(const EndedLease& ended) {
  parts_.dispatcher->LeaseEnded(ended.lease);
  parts_.trash->Add(ended.unused_artifacts);
  parts_.followers->Poke(ended.lease.stage);
}

// Under a request id of its own made from this one, so that a repeat of the whole gets the same lease.
void WorkerDesk::AcquireNext(const CompleteCommand& command, const std::string& worker, const Done<MaybeLease>& done) {
  const std::optional<WorkerRecord> record = parts_.dispatcher->FindWorker(worker);
  if (!record) return done(MaybeLease());
  Acquire({.request_id = command.request_id + "/next",
           .worker = worker,
           .instance = record->instance,
           .free_threads = command.free_threads,
           .free_memory_bytes = command.free_memory_bytes,
           .wait = Duration::zero()},
          // The end is stored: whatever keeps the next lease back, the worker asks for it by itself.
          [done](Result<MaybeLease> next) { done(next ? *std::move(next) : MaybeLease()); });
}

}  // namespace winnow::server
