// The calls of workers that wait at a Dispatcher: for leases, and for cancellations.
#include <optional>
#include <utility>

#include "server/coordinator/dispatcher.h"

namespace winnow::server {
namespace {

Status Stopping() { return Unavailable("the coordinator is stopping; try again"); }

}  // namespace

CallTicket Dispatcher::Acquire(LeaseCall call) {
  CallTicket ticket = 0;
  Status refused;
  {
    std::lock_guard lock(mutex_);
    refused = stopped_ ? Stopping() : workers_.Touch(call.worker, call.instance, clock_->Now());
    if (refused.ok()) {
      ticket = ++last_ticket_;
      ParkLocked(ticket, std::move(call));
    }
  }
  if (!refused.ok()) {
    call.answer(Err(std::move(refused)));
    return 0;
  }
  Dispatch();
  std::vector<LeaseCall> due;  // it may not have wanted to wait
  {
    std::lock_guard lock(mutex_);
    due = lease_calls_.TakeDue(clock_->Now());
  }
  for (const LeaseCall& late : due) late.answer(std::nullopt);
  return ticket;
}

CallTicket Dispatcher::AwaitCancellations(CancellationCall call) {
  CallTicket ticket = 0;
  Status refused;
  std::vector<CancellationCall> replaced;
  const std::string worker = call.worker;
  {
    std::lock_guard lock(mutex_);
    refused = stopped_ ? Stopping() : workers_.Touch(call.worker, call.instance, clock_->Now());
    if (refused.ok()) {
      replaced = cancellation_calls_.TakeAllOf(worker);
      ticket = ++last_ticket_;
      cancellation_calls_.Park(ticket, std::move(call));
    }
  }
  if (!refused.ok()) {
    call.answer(Err(std::move(refused)));
    return 0;
  }
  for (const CancellationCall& old : replaced) old.answer(std::vector<std::string>());
  DeliverCancellations(worker);
  return ticket;
}

CallTicket Dispatcher::Park(LeaseCall call) {
  std::lock_guard lock(mutex_);
  const CallTicket ticket = ++last_ticket_;
  ParkLocked(ticket, std::move(call));
  return ticket;
}

void Dispatcher::ParkLocked(CallTicket ticket, LeaseCall call) {
  const WorkerRegistry::Entry* const entry = workers_.Find(call.worker);
  call.group = entry == nullptr ? 0 : entry->group;
  lease_calls_.Park(ticket, std::move(call));
}

void Dispatcher::Dismiss(CallTicket ticket) {
  std::optional<LeaseCall> call;
  {
    std::lock_guard lock(mutex_);
    call = lease_calls_.Take(ticket);
  }
  if (call) call->answer(std::nullopt);
}

// Gives the worker's waiting call, if there is one, what no call of its was given before: a call repeated while a
// cancel is being carried out waits for the next one.
void Dispatcher::DeliverCancellations(const std::string& worker) {
  const std::vector<Lease> leases = leases_->CancelRequestedOf(worker);
  std::vector<std::string> tokens;
  std::optional<CancellationCall> call;
  {
    std::lock_guard lock(mutex_);
    for (const Lease& lease : leases) {
      if (!delivered_cancels_.contains(lease.token)) tokens.push_back(lease.token);
    }
    if (tokens.empty()) return;
    call = cancellation_calls_.TakeOldestOf(worker);
    if (!call) return;
    delivered_cancels_.insert(tokens.begin(), tokens.end());
  }
  call->answer(std::move(tokens));
}

void Dispatcher::Withdraw(CallTicket ticket) {
  std::optional<LeaseCall> lease_call;
  std::optional<CancellationCall> cancellation_call;
  {
    std::lock_guard lock(mutex_);
    lease_call = lease_calls_.Take(ticket);
    cancellation_call = cancellation_calls_.Take(ticket);
  }
  if (lease_call) lease_call->answer(Err(Cancelled("the caller has gone")));
  if (cancellation_call) cancellation_call->answer(Err(Cancelled("the caller has gone")));
}

}  // namespace winnow::server
