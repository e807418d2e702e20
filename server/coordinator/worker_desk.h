// What workers do: register, ask for leases, renew them, report, end.
//
// Threads    safe for concurrent use; nothing blocks. Answers come from the calling thread, the store's commit thread,
// an
//            I/O thread or the clock's.
// Errors     besides those named: kNotFound, the worker is to register (again); kFailedPrecondition with reason
// LEASE_LOST,
//            the token is of no live lease; what the store gives while it cannot write.
#ifndef SERVER_COORDINATOR_WORKER_DESK_H_
#define SERVER_COORDINATOR_WORKER_DESK_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/coordinator/coordinator_parts.h"

namespace winnow::server {

// What is said to who reports under a token of no live lease.
Status LeaseLostStatus();

struct AcquireCommand {
  std::string request_id;
  std::string worker;
  std::string instance;
  int free_threads = 0;
  int64_t free_memory_bytes = 0;
  Duration wait{};
};

struct LogBytes {
  int64_t offset = 0;
  std::string content;
};

struct ReportCommand {
  std::string token;
  ProgressReport report;
  std::optional<StageProgress> progress;
  LogBytes log;
};

using AttemptOutcome = std::variant<AttemptSuccess, AttemptFailure, AttemptReturn, AttemptCancelled>;

struct CompleteCommand {
  std::string request_id;
  std::string token;
  AttemptOutcome outcome;
  std::vector<Measurement> measurements;
  LogBytes log;
  bool acquire_next = false;
  int free_threads = 0;
  int64_t free_memory_bytes = 0;
};

struct RenewalReport {
  std::vector<std::string> lost;  // tokens
  std::vector<std::string> cancelled;
};

class WorkerDesk {
 public:
  using MaybeLease = std::optional<GrantedLease>;
  // Called when the client of a waiting call has gone.
  using GoneClient = std::function<void()>;

  explicit WorkerDesk(const CoordinatorParts& parts) : parts_(parts) {}

  // kFailedPrecondition, reason NAME_TAKEN. Plans the benchmarks of sweeps that wait for a machine to be timed on.
  void Register(WorkerRecord worker, Done<WorkerRecord> done);
  void Unregister(const std::string& worker, const std::string& instance, Done<bool> done);
  // It is leased nothing more, or stages again. Durable when it answers. kNotFound: no such worker.
  void Drain(const std::string& worker, bool drain, Done<Dispatcher::WorkerView> done);
  // Alive ones first, then by id.
  Result<Page<Dispatcher::WorkerView>> List(const PageRequest& request) const;

  GoneClient Acquire(AcquireCommand command, Done<MaybeLease> done);
  GoneClient AwaitCancellations(std::string worker, std::string instance, Duration wait,
                                Done<std::vector<std::string>> done);
  Result<RenewalReport> Renew(const std::string& worker, const std::string& instance,
                              const std::vector<std::string>& tokens);

  // Answers whether the stage is to be cancelled.
  void Report(ReportCommand command, Done<bool> done);
  // Answers with the next lease, where one was asked for and is there.
  void Complete(CompleteCommand command, Done<MaybeLease> done);

  // Ends the leases whose time has passed and those of these workers.
  void ExpireLeases(const std::vector<std::string>& gone_workers);

 private:
  struct Completion;

  void TakeReport(ReportCommand command, Done<bool> done);
  void EndLease(std::shared_ptr<Completion> completion);
  void Finish(const std::shared_ptr<Completion>& completion, const Result<EndedLease>& end);
  void AfterEnd(const EndedLease& ended);
  void ParkNext(const std::shared_ptr<Completion>& completion, const std::string& worker);
  void AcquireNext(const std::shared_ptr<Completion>& completion, const std::string& worker);
  void AppendLog(const Lease& lease, const LogBytes& log);

  const CoordinatorParts& parts_;
};

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_WORKER_DESK_H_
