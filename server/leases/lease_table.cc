#include "server/leases/lease_table.h"

#include <cstdio>
#include <utility>

#include "base/failpoint.h"
#include "server/domain/resource_name.h"
#include "server/leases/attempt_end.h"
#include "server/leases/lease_book.h"
#include "server/leases/lease_transactions.h"

namespace winnow::server {
namespace {

void TellFollowUp(const FollowUp& follow_up, const Status& status) {
  const std::function<void()>& what = status.ok() ? follow_up.committed : follow_up.failed;
  if (what) what();
}

}  // namespace

// Outlives the table while transactions are on their way.
struct LeaseTable::Shared {
  Shared(Store* s, const Clock* c, LeaseOptions o) : store(s), clock(c), options(std::move(o)), book(c, options.ttl) {}

  // Ends the lease in a transaction. `lease` is nullopt where the token is of no live one: then only a repeat of an
  // earlier request is answered. BeginEnd has been called for it.
  static void End(const std::shared_ptr<Shared>& self, const std::string& token, std::optional<Lease> lease,
                  AttemptEnd end, EndReport report, Ended done);

  Store* const store;
  const Clock* const clock;
  const LeaseOptions options;
  LeaseBook book;
};

void LeaseTable::Shared::End(const std::shared_ptr<Shared>& self, const std::string& token, std::optional<Lease> lease,
                             AttemptEnd end, EndReport report, Ended done) {
  struct Work {
    AttemptEnd end;
    EndReport report;
    EndedLease ended;
    FollowUp follow_up;
    bool is_refused = false;
  };
  auto work = std::make_shared<Work>();
  work->end = std::move(end);
  work->report = std::move(report);
  const bool live = lease.has_value();
  if (lease) work->ended.lease = *std::move(lease);
  self->store->Submit(
      [self, work, live, token](StoreWriter& writer) -> Status {
        WINNOW_ASSIGN_OR_RETURN_STATUS(const std::optional<RequestRecord> earlier,
                                       FindEarlier(writer, work->report.request));
        if (earlier) {
          work->ended = {};
          work->ended.repeated = true;
          work->ended.reply = earlier->reply;
          return OkStatus();
        }
        const WallTime now = self->clock->WallNow();
        Status ended = live ? EndInStore(writer, work->end, work->report, now, work->ended) : LeaseLost();
        if (ended.reason() == kLeaseLost && work->report.request) {
          work->is_refused = true;  // which is stored in place of the end
          return writer.PutRefusedReport(RefusalOf(work->end, *work->report.request, token, now));
        }
        WINNOW_RETURN_IF_ERROR(std::move(ended));
        if (work->report.ended) work->report.ended();
        WINNOW_RETURN_IF_ERROR(
            RunFollowUp(writer, self->options, work->ended.lease, work->ended.stage, work->follow_up));
        WINNOW_FAILPOINT("result.before_commit");
        return OkStatus();
      },
      [self, work, token, live, done = std::move(done)](const Status& stored) {
        const Status status = stored.ok() && work->is_refused ? LeaseLost() : stored;
        if (status.ok() && live) WINNOW_FAILPOINT("result.after_commit");
        // A lease that was over before stays in the book until it is expired: its stage is still RUNNING.
        if (live) {
          const bool ended = status.ok() ? !work->ended.repeated : status.reason() == kLeaseLost;
          ended ? self->book.Remove(token) : self->book.AbandonEnd(token);
        }
        TellFollowUp(work->follow_up, status);
        if (!done) return;
        if (status.ok()) {
          done(std::move(work->ended));
        } else {
          done(Err(status));
        }
      });
}

LeaseTable::LeaseTable(Store* store, const Clock* clock, LeaseOptions options)
    : shared_(std::make_shared<Shared>(store, clock, std::move(options))) {}
LeaseTable::~LeaseTable() = default;

Status LeaseTable::Restore() {
  return shared_->store->Read([this](const StoreReader& reader) {
    return reader.ForEachLiveStage([this](const Stage& stage) {
      if (IsUnderLease(stage.state)) shared_->book.Add(LeaseOf(stage), stage.state == StageState::kCancelling);
      return OkStatus();
    });
  });
}

void LeaseTable::Grant(const std::string& stage, const std::string& worker, const std::string& request_id,
                       Granted done) {
  struct Work {
    GrantedLease granted;
    bool repeated = false;
    bool whole = false;  // the transaction did all it had to
    FollowUp follow_up;
  };
  auto work = std::make_shared<Work>();
  shared_->store->Submit(
      [self = shared_, work, stage, worker, request_id](StoreWriter& writer) -> Status {
        if (!request_id.empty()) {
          WINNOW_ASSIGN_OR_RETURN_STATUS(std::optional<GrantedLease> earlier, FindGranted(writer, request_id));
          if (earlier) {
            work->granted = *std::move(earlier);
            work->repeated = true;
            return OkStatus();
          }
        }
        WINNOW_RETURN_IF_ERROR(GrantInStore(writer, stage, worker, request_id, self->clock->WallNow(), work->granted));
        WINNOW_RETURN_IF_ERROR(
            RunFollowUp(writer, self->options, work->granted.lease, work->granted.stage, work->follow_up));
        work->whole = true;
        WINNOW_FAILPOINT("lease.before_commit");
        return OkStatus();
      },
      [self = shared_, work, done = std::move(done)](const Status& status) {
        const Lease& lease = work->granted.lease;
        if (status.ok() && work->whole) WINNOW_FAILPOINT("lease.after_commit");
        if (!status.ok()) {
          // The commit failed, or only its answer did: nobody has the lease, so if it was stored it must be ended.
          if (work->whole) self->book.AddOverdue(lease);
          TellFollowUp(work->follow_up, status);
          return done(Err(status));
        }
        if (work->repeated && !self->book.Find(lease.token)) return done(Err(LeaseLost()));
        if (!work->repeated) self->book.Add(lease, work->granted.stage.state == StageState::kCancelling);
        TellFollowUp(work->follow_up, status);
        done(std::move(work->granted));
      });
}

void LeaseTable::Replay(const std::string& request_id, std::function<void(Result<std::optional<GrantedLease>>)> done,
                        std::function<void()> if_none) {
  auto found = std::make_shared<std::optional<GrantedLease>>();
  shared_->store->Submit(
      [found, request_id, if_none = std::move(if_none)](StoreWriter& writer) -> Status {
        WINNOW_ASSIGN_OR_RETURN_STATUS(*found, FindGranted(writer, request_id));
        if (!*found && if_none) if_none();
        return OkStatus();
      },
      [self = shared_, found, done = std::move(done)](const Status& status) {
        if (!status.ok()) return done(Err(status));
        if (*found && !self->book.Find((*found)->lease.token)) return done(Err(LeaseLost()));
        done(std::move(*found));
      });
}

Result<Renewal> LeaseTable::Renew(const std::string& token) {
  const std::optional<Renewal> renewal = shared_->book.Renew(token);
  if (!renewal) return Err(LeaseLost());
  return *renewal;
}

void LeaseTable::Report(const std::string& token, ProgressReport report,
                        std::function<void(Result<ProgressTaken>)> done) {
  auto taken = std::make_shared<ProgressTaken>();
  const std::optional<Lease> lease = shared_->book.Find(token);
  shared_->store->Submit(
      [taken, lease, report = std::move(report)](StoreWriter& writer) -> Status {
        if (!lease) return LeaseLost();
        WINNOW_ASSIGN_OR_RETURN_STATUS(taken->unused_artifacts, ReportInStore(writer, *lease, report));
        WINNOW_FAILPOINT("report.before_commit");
        return OkStatus();
      },
      [self = shared_, taken, token, done = std::move(done)](const Status& status) {
        if (!status.ok()) return done(Err(status));
        WINNOW_FAILPOINT("report.after_commit");
        taken->cancel_requested = self->book.CancelRequested(token);
        done(std::move(*taken));
      });
}

void LeaseTable::Succeed(const std::string& token, AttemptSuccess success, EndReport report, Ended done) {
  Shared::End(shared_, token, shared_->book.BeginEnd(token), std::move(success), std::move(report), std::move(done));
}

void LeaseTable::Fail(const std::string& token, AttemptFailure failure, EndReport report, Ended done) {
  Shared::End(shared_, token, shared_->book.BeginEnd(token), std::move(failure), std::move(report), std::move(done));
}

void LeaseTable::GiveBack(const std::string& token, AttemptReturn given_back, EndReport report, Ended done) {
  Shared::End(shared_, token, shared_->book.BeginEnd(token), std::move(given_back), std::move(report), std::move(done));
}

void LeaseTable::Cancelled(const std::string& token, EndReport report, Ended done) {
  Shared::End(shared_, token, shared_->book.BeginEnd(token), AttemptCancelled(), std::move(report), std::move(done));
}

std::vector<Lease> LeaseTable::RequestCancel(const std::vector<std::string>& stages) {
  return shared_->book.RequestCancel(stages);
}

std::vector<Lease> LeaseTable::ExpireOverdue(Ended each) {
  const std::vector<Lease> overdue = shared_->book.TakeOverdue();
  const auto seconds = std::chrono::duration<double>(shared_->options.ttl).count();
  for (const Lease& lease : overdue) {
    char silent[32];
    snprintf(silent, sizeof silent, "%g s", seconds);
    AttemptLost lost{.message = WorkerName(lease.worker) + " was not heard of for " + silent};
    Shared::End(shared_, lease.token, lease, std::move(lost), {}, each);
  }
  return overdue;
}

std::vector<Lease> LeaseTable::EndAll(const std::string& worker, bool gives_back, Ended each) {
  const std::vector<Lease> leases = shared_->book.TakeAll(worker);
  for (const Lease& lease : leases) {
    AttemptEnd end = AttemptReturn();
    if (!gives_back) end = AttemptLost{.message = WorkerName(worker) + " is gone or was started anew"};
    Shared::End(shared_, lease.token, lease, std::move(end), {}, each);
  }
  return leases;
}

std::optional<Lease> LeaseTable::Find(const std::string& token) const { return shared_->book.Find(token); }

std::vector<Lease> LeaseTable::LeasesOf(const std::string& worker) const {
  return shared_->book.LeasesOf(worker, /*only_cancel_requested=*/false);
}

std::vector<Lease> LeaseTable::CancelRequestedOf(const std::string& worker) const {
  return shared_->book.LeasesOf(worker, /*only_cancel_requested=*/true);
}

size_t LeaseTable::size() const { return shared_->book.size(); }

std::optional<SteadyTime> LeaseTable::NextExpiry() const { return shared_->book.NextExpiry(); }

}  // namespace winnow::server
