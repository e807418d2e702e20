#include "server/coordinator/worker_desk.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <tuple>
#include <utility>

#include "base/failpoint.h"
#include "base/logging.h"

namespace winnow::server {
namespace {

constexpr char kWorkersList[] = "workers";

// A registration between its transaction and the commit.
struct PendingRegistration {
  WorkerRecord worker;
  Effects effects;
  bool is_followed = false;
};

// A call that waits, and whether its client still does.
struct WaitingClient {
  std::atomic<bool> gone{false};
  std::atomic<CallTicket> ticket{0};
};

std::function<void()> WithdrawWhenGone(Dispatcher* dispatcher, std::shared_ptr<WaitingClient> client) {
  return [dispatcher, client = std::move(client)] {
    client->gone = true;
    dispatcher->Withdraw(client->ticket);  // a ticket that comes later is withdrawn by who sets it
  };
}

}  // namespace

Status LeaseLostStatus() {
  return FailedPrecondition("the lease is over: it has expired, was cancelled or has been ended; stop the stage",
                            kLeaseLost);
}

void WorkerDesk::Register(WorkerRecord worker, Done<WorkerRecord> done) {
  const WallTime now = parts_.clock->WallNow();
  worker.register_time = now;
  worker.last_seen_time = now;
  bool took_over = false;
  if (Status status = parts_.dispatcher->Register(worker, &took_over); !status.ok()) return done(Err(status));
  if (took_over) {  // the agent was started anew: it knows nothing of what it ran before
    parts_.leases->EndAll(worker.id, /*gives_back=*/false, [this](const Result<EndedLease>& ended) {
      if (ended) AfterEnd(*ended);
    });
  }
  auto pending = std::make_shared<PendingRegistration>();
  pending->worker = std::move(worker);
  const auto transaction = [&parts = parts_, pending](StoreWriter& writer) -> Status {
    pending->effects = Effects();
    WINNOW_RETURN_IF_ERROR(writer.PutWorker(pending->worker));
    const Machine machine = parts.dispatcher->MachineToTimeOn();
    if (machine.fingerprint.empty()) return OkStatus();
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::vector<ReplannedSweep> replanned,
                                   StoreBenchmarks(writer, machine, parts.clock->WallNow(), pending->effects));
    for (const ReplannedSweep& planned : replanned) parts.dispatcher->AddSweep(planned.sweep, planned.nodes);
    parts.dispatcher->Follow(pending->effects);
    pending->is_followed = true;
    return OkStatus();
  };
  parts_.store->Submit(transaction, [&parts = parts_, pending, done = std::move(done)](const Status& status) {
    if (!status.ok() && pending->is_followed) parts.dispatcher->Distrust();
    if (!status.ok()) return done(Err(status));
    parts.dispatcher->Announce(pending->effects);
    done(std::move(pending->worker));
  });
}

void WorkerDesk::Unregister(const std::string& worker, const std::string& instance, Done<bool> done) {
  if (Status status = parts_.dispatcher->Unregister(worker, instance); !status.ok()) return done(Err(status));
  parts_.leases->EndAll(worker, /*gives_back=*/true, [this](const Result<EndedLease>& ended) {
    if (ended) AfterEnd(*ended);
  });
  // The store calls back in the order of submission: when this is done, so are the ends.
  std::optional<WorkerRecord> record = parts_.dispatcher->FindWorker(worker);
  parts_.store->Submit(
      [record, now = parts_.clock->WallNow()](StoreWriter& writer) mutable {
        if (!record) return OkStatus();
        record->last_seen_time = now;
        return writer.PutWorker(*record);
      },
      [done = std::move(done)](const Status& status) {
        if (!status.ok()) return done(Err(status));
        done(true);
      });
}

void WorkerDesk::Drain(const std::string& worker, bool drain, Done<Dispatcher::WorkerView> done) {
  Result<Dispatcher::WorkerView> view = parts_.dispatcher->SetDraining(worker, drain);
  if (!view) return done(Err(view.error()));
  auto shared = std::make_shared<Dispatcher::WorkerView>(*std::move(view));
  parts_.store->Submit([shared](StoreWriter& writer) { return writer.PutWorker(shared->record); },
                       [shared, done = std::move(done)](const Status& status) {
                         if (!status.ok()) return done(Err(status));
                         done(std::move(*shared));
                       });
}

Result<Page<Dispatcher::WorkerView>> WorkerDesk::List(const PageRequest& request) const {
  WINNOW_ASSIGN_OR_RETURN(const int size, EffectivePageSize(request.size));
  PagePosition after;
  if (!request.token.empty()) {
    WINNOW_ASSIGN_OR_RETURN(after, ParsePageToken(kWorkersList, request.token));
  }
  const auto place = [](const Dispatcher::WorkerView& view) {
    return PagePosition{.revision = 0, .number = view.alive ? 1 : 2, .text = view.record.id};
  };
  const auto is_before = [](const PagePosition& a, const PagePosition& b) {
    return std::tie(a.number, a.text) < std::tie(b.number, b.text);
  };
  std::vector<Dispatcher::WorkerView> views = parts_.dispatcher->Workers();
  std::sort(views.begin(), views.end(), [&](const auto& a, const auto& b) { return is_before(place(a), place(b)); });
  Page<Dispatcher::WorkerView> page;
  for (Dispatcher::WorkerView& view : views) {
    if (!request.token.empty() && !is_before(after, place(view))) continue;
    if (page.items.size() == static_cast<size_t>(size)) {
      page.next_token = MakePageToken(kWorkersList, place(page.items.back()));
      break;
    }
    page.items.push_back(std::move(view));
  }
  return page;
}

WorkerDesk::GoneClient WorkerDesk::Acquire(AcquireCommand command, Done<MaybeLease> done) {
  if (Status status = parts_.dispatcher->Touch(command.worker, command.instance); !status.ok()) {
    done(Err(status));
    return [] {};
  }
  auto client = std::make_shared<WaitingClient>();
  LeaseCall call{.request_id = std::move(command.request_id),
                 .worker = std::move(command.worker),
                 .instance = std::move(command.instance),
                 .free_threads = command.free_threads,
                 .free_memory_bytes = command.free_memory_bytes,
                 .deadline = parts_.clock->Now() + command.wait,
                 .answer = std::move(done)};
  const std::string request_id = call.request_id;
  // A repeat whose answer was lost gets the lease it has been given. Once the call is the dispatcher's, that answers
  // it, also where the commit then fails.
  auto is_handed_on = std::make_shared<bool>(false);  // of the commit thread
  parts_.leases->Replay(
      request_id,
      [answer = call.answer, is_handed_on](Result<MaybeLease> granted) {
        if (!*is_handed_on && (!granted || granted->has_value())) answer(std::move(granted));
      },
      [&parts = parts_, client, call, is_handed_on] {
        *is_handed_on = true;
        if (client->gone) return call.answer(Err(Cancelled("the caller has gone")));
        client->ticket = parts.dispatcher->Acquire(call);
        if (client->gone) parts.dispatcher->Withdraw(client->ticket);
      });
  return WithdrawWhenGone(parts_.dispatcher, std::move(client));
}

WorkerDesk::GoneClient WorkerDesk::AwaitCancellations(std::string worker, std::string instance, Duration wait,
                                                      Done<std::vector<std::string>> done) {
  CancellationCall call{.worker = std::move(worker),
                        .instance = std::move(instance),
                        .deadline = parts_.clock->Now() + wait,
                        .answer = std::move(done)};
  auto client = std::make_shared<WaitingClient>();
  client->ticket = parts_.dispatcher->AwaitCancellations(std::move(call));
  return WithdrawWhenGone(parts_.dispatcher, std::move(client));
}

Result<RenewalReport> WorkerDesk::Renew(const std::string& worker, const std::string& instance,
                                        const std::vector<std::string>& tokens) {
  WINNOW_FAILPOINT("heartbeat.before");
  WINNOW_RETURN_ERR_IF_ERROR(parts_.dispatcher->Touch(worker, instance));
  RenewalReport report;
  for (const std::string& token : tokens) {
    const std::optional<Lease> lease = parts_.leases->Find(token);
    const bool is_theirs = lease && lease->worker == worker;
    const Result<Renewal> renewal = is_theirs ? parts_.leases->Renew(token) : Err(LeaseLostStatus());
    if (!renewal) {
      report.lost.push_back(token);
    } else if (renewal->cancel_requested) {
      report.cancelled.push_back(token);
    }
  }
  WINNOW_FAILPOINT("heartbeat.after");
  return report;
}

void WorkerDesk::ExpireLeases(const std::vector<std::string>& gone_workers) {
  const auto each = [this](const Result<EndedLease>& ended) {
    if (ended) return AfterEnd(*ended);
    spdlog::warn("cannot end an expired lease yet: {}", ended.error().ToString());
  };
  for (const Lease& lease : parts_.leases->ExpireOverdue(each)) {
    spdlog::warn("workers/{} has not been heard of: attempt {} of stages/{} is lost", lease.worker, lease.attempt,
                 lease.stage);
  }
  for (const std::string& worker : gone_workers) parts_.leases->EndAll(worker, /*gives_back=*/false, each);
}

}  // namespace winnow::server
