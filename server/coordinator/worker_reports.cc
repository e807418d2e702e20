// The part of WorkerDesk that takes reports of attempts, and their ends.
#include <memory>
#include <mutex>
#include <optional>
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
  // Only log bytes wait for a disk here.
  if (command.log.content.empty()) return TakeReport(std::move(command), std::move(done));
  parts_.io->Post([this, command = std::move(command), done = std::move(done)]() mutable {
    TakeReport(std::move(command), std::move(done));
  });
}

void WorkerDesk::TakeReport(ReportCommand command, Done<bool> done) {
  const std::optional<Lease> lease = parts_.leases->Find(command.token);
  if (!lease) return done(Err(LeaseLostStatus()));
  parts_.dispatcher->TouchHolder(lease->worker);
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
}

// A completion on its way: answered once, by its end or by the lease that it asked for, and never before its end is
// durable.
struct WorkerDesk::Completion {
  CompleteCommand command;
  Done<MaybeLease> done;
  CallTicket next_call = 0;  // parked within the transaction of the end

  // Of the end.
  void Answer(Result<MaybeLease> answer) {
    {
      std::lock_guard lock(mutex);
      if (std::exchange(is_answered, true)) return;
    }
    done(std::move(answer));
  }
  // Of the next lease, or that there is none: the end is stored then, whatever keeps the lease back.
  void OfferNext(Result<MaybeLease> next) {
    MaybeLease lease = next ? *std::move(next) : MaybeLease();
    {
      std::lock_guard lock(mutex);
      if (!has_ended) {
        offered = std::move(lease);
        return;
      }
    }
    Answer(std::move(lease));
  }
  // What was offered before the end was durable.
  std::optional<MaybeLease> End() {
    std::lock_guard lock(mutex);
    has_ended = true;
    return std::move(offered);
  }

 private:
  std::mutex mutex;
  bool is_answered = false;
  bool has_ended = false;
  std::optional<MaybeLease> offered;
};

void WorkerDesk::Complete(CompleteCommand command, Done<MaybeLease> done) {
  auto completion = std::make_shared<Completion>();
  completion->command = std::move(command);
  completion->done = std::move(done);
  if (completion->command.log.content.empty()) return EndLease(std::move(completion));
  parts_.io->Post([this, completion = std::move(completion)]() mutable {
    const std::optional<Lease> lease = parts_.leases->Find(completion->command.token);
    if (lease) AppendLog(*lease, completion->command.log);
    EndLease(std::move(completion));
  });
}

void WorkerDesk::EndLease(std::shared_ptr<Completion> completion) {
  CompleteCommand& command = completion->command;
  const std::optional<Lease> lease = parts_.leases->Find(command.token);
  const std::string worker = lease ? lease->worker : "";
  if (lease) parts_.dispatcher->TouchHolder(worker);
  EndReport report{.measurements = std::move(command.measurements),
                   .request = RequestRecord{command.request_id, kCompleteStage, worker},
                   .ended = nullptr};
  if (command.acquire_next) report.ended = [this, completion, worker] { ParkNext(completion, worker); };
  LeaseTable::Ended ended = [this, completion](const Result<EndedLease>& end) { Finish(completion, end); };
  LeaseTable& leases = *parts_.leases;
  const std::string& token = command.token;
  std::visit(
      Overloaded{
          [&](AttemptSuccess& success) {
            leases.Succeed(token, std::move(success), std::move(report), std::move(ended));
          },
          [&](AttemptFailure& failure) { leases.Fail(token, std::move(failure), std::move(report), std::move(ended)); },
          [&](AttemptReturn& back) { leases.GiveBack(token, std::move(back), std::move(report), std::move(ended)); },
          [&](AttemptCancelled&) { leases.Cancelled(token, std::move(report), std::move(ended)); }},
      command.outcome);
}

void WorkerDesk::Finish(const std::shared_ptr<Completion>& completion, const Result<EndedLease>& end) {
  const CompleteCommand& command = completion->command;
  if (!end) {
    completion->Answer(Err(end.error()));
    if (completion->next_call != 0) parts_.dispatcher->Dismiss(completion->next_call);
    return;
  }
  if (!end->repeated) AfterEnd(*end);
  if (!command.acquire_next) return completion->Answer(MaybeLease());
  if (std::optional<MaybeLease> offered = completion->End()) return completion->Answer(*std::move(offered));
  // If it has been granted something the answer comes with that, which was stored in the same commit.
  if (completion->next_call != 0) return parts_.dispatcher->Dismiss(completion->next_call);
  AcquireNext(completion, end->repeated ? end->reply : end->lease.worker);
}

void WorkerDesk::AfterEnd(const EndedLease& ended) {
  parts_.trash->Add(ended.unused_artifacts);
  parts_.followers->Poke(ended.lease.stage);
}

// The next lease is asked for under a request id of its own made from this one, so that a repeat of the whole gets the
// same. The end is stored: whatever keeps it back, the worker asks for it by itself.
void WorkerDesk::ParkNext(const std::shared_ptr<Completion>& completion, const std::string& worker) {
  const std::optional<std::string> instance = parts_.dispatcher->InstanceOf(worker);
  if (!instance) return;
  const CompleteCommand& command = completion->command;
  completion->next_call = parts_.dispatcher->Park(
      {.request_id = command.request_id + "/next",
       .worker = worker,
       .instance = *instance,
       .free_threads = command.free_threads,
       .free_memory_bytes = command.free_memory_bytes,
       .deadline = parts_.clock->Now(),
       .answer = [completion](Result<MaybeLease> next) { completion->OfferNext(std::move(next)); }});
}

void WorkerDesk::AcquireNext(const std::shared_ptr<Completion>& completion, const std::string& worker) {
  const std::optional<std::string> instance = parts_.dispatcher->InstanceOf(worker);
  if (!instance) return completion->Answer(MaybeLease());
  const CompleteCommand& command = completion->command;
  Acquire({.request_id = command.request_id + "/next",
           .worker = worker,
           .instance = *instance,
           .free_threads = command.free_threads,
           .free_memory_bytes = command.free_memory_bytes,
           .wait = Duration::zero()},
          [completion](Result<MaybeLease> next) { completion->OfferNext(std::move(next)); });
}

}  // namespace winnow::server
