// Leases: which worker may run which stage, and until when.
//
// A stage has at most one live lease, and a report is taken only under it: a worker that was given up for dead cannot
// overwrite its successor's work. Policy (which stage comes next, what follows from a stage's end) is not here.
#ifndef SERVER_LEASES_LEASE_TABLE_H_
#define SERVER_LEASES_LEASE_TABLE_H_

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "server/leases/lease.h"
#include "server/store/store.h"

namespace winnow::server {

// What is to be done once a transaction that was followed up is told of: one of the two, just before its callback. May
// be empty.
struct FollowUp {
  std::function<void()> committed;
  std::function<void()> failed;  // the commit failed, or something of the transaction after the follow-up
};

struct LeaseOptions {
  Duration ttl = std::chrono::seconds(15);
  // Runs in the transaction of every grant and end, with the stage as it was just stored and the lease that was granted
  // or has ended: what follows for other stages, trials and sweeps goes into the same commit. May update this stage
  // too, and submit transactions, which join the commit. An error undoes the grant or end.
  std::function<Result<FollowUp>(StoreWriter&, const Stage&, const Lease&)> follow_up;
};

// Reason of a kFailedPrecondition: the token is of no live lease. Kill the stage, report nothing.
inline constexpr char kLeaseLost[] = "LEASE_LOST";

// Grants, renews, ends and expires leases.
//
// Time        only this machine's steady clock decides expiry; no worker's clock is ever compared.
// Durability  what a callback gets with OK is durable. Expiry is kept in memory only: after a restart every lease gets
//             now + ttl (Restore).
// Threads     safe for concurrent use. Nothing blocks but Restore; callbacks run on the store's commit thread after the
//             commit, in the order of the calls, and none of the table's locks is held.
// Ownership   borrows store and clock. Destroy the store first, or after the last callback.
// Errors      besides those named, what Store::Submit gives: try again later; the lease is then as it was.
class LeaseTable {
 public:
  using Granted = std::function<void(Result<GrantedLease>)>;
  using Ended = std::function<void(Result<EndedLease>)>;

  LeaseTable(Store* store, const Clock* clock, LeaseOptions options);
  ~LeaseTable();
  LeaseTable(const LeaseTable&) = delete;
  LeaseTable& operator=(const LeaseTable&) = delete;

  // Takes up the leases that the store knows. Once, before anything else; blocks.
  Status Restore();

  // Leases a stage to a worker: QUEUED to RUNNING, the next attempt number, a new token. Measurements of steps that the
  // attempt will do again are dropped. A repeat with the same request id ("": none) gets the lease granted first, or
  // LEASE_LOST where that has ended.
  //   kNotFound            no such stage
  //   kFailedPrecondition  not QUEUED (somebody else has it), or no attempts left
  void Grant(const std::string& stage, const std::string& worker, const std::string& request_id, Granted done);

  // The lease that an earlier Grant with this request id gave, also one still on its way; nullopt where there is none.
  // Then `if_none`, where given, has run on the store's commit thread, before the commit: grants that it asks for join
  // it.
  void Replay(const std::string& request_id, std::function<void(Result<std::optional<GrantedLease>>)> done,
              std::function<void()> if_none = nullptr);

  // Moves expiry to now + ttl. Writes nothing. kFailedPrecondition, LEASE_LOST: unknown, expired, or ended.
  Result<Renewal> Renew(const std::string& token);

  // Stores measurements and a resume point; the superseded one is dropped in the same commit.
  // kFailedPrecondition: LEASE_LOST, or ARTIFACT_MISSING (upload it first).
  void Report(const std::string& token, ProgressReport report, std::function<void(Result<ProgressTaken>)> done);

  // Ends of a lease as its worker reports them; errors as for Report. A stage that is CANCELLING ends CANCELLED unless
  // it has succeeded.
  void Succeed(const std::string& token, AttemptSuccess success, EndReport report, Ended done);
  // Requeued, or FAILED where it is not retryable or that was the last attempt.
  void Fail(const std::string& token, AttemptFailure failure, EndReport report, Ended done);
  // Requeued; the attempt does not count.
  void GiveBack(const std::string& token, AttemptReturn given_back, EndReport report, Ended done);
  // CANCELLED if it was to be, else as given back.
  void Cancelled(const std::string& token, EndReport report, Ended done);

  // Notes that the leases of these stages (already CANCELLING in the store) are to end, so that renewals say so;
  // returns those that are live here. A lease whose grant is still on its way finds out from the store itself.
  std::vector<Lease> RequestCancel(const std::vector<std::string>& stages);

  // Ends every lease whose time has passed: requeues its stage, or fails it when that was its last attempt. Returns
  // them, oldest first; `each` is called for every one when it is stored. Those that could not be stored are tried
  // again the next time. An immediate repeat returns none.
  std::vector<Lease> ExpireOverdue(Ended each);
  // The same at once for the leases of a worker that is gone; `gives_back`: it said so itself, its attempts do not
  // count.
  std::vector<Lease> EndAll(const std::string& worker, bool gives_back, Ended each);

  // Live ones.
  std::optional<Lease> Find(const std::string& token) const;
  std::vector<Lease> LeasesOf(const std::string& worker) const;
  std::vector<Lease> CancelRequestedOf(const std::string& worker) const;
  size_t size() const;
  // When ExpireOverdue has something to do next.
  std::optional<SteadyTime> NextExpiry() const;

 private:
  struct Shared;

  std::shared_ptr<Shared> shared_;
};

}  // namespace winnow::server

#endif  // SERVER_LEASES_LEASE_TABLE_H_
