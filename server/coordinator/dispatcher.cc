#include "server/coordinator/dispatcher.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace winnow::server {
namespace {

// Of the stages of one queue, as many as are told anew why they wait.
constexpr size_t kToldOfReason = 100;

Status Stopping() { return Unavailable("the coordinator is stopping; try again"); }

}  // namespace

Dispatcher::Dispatcher(Clock* clock, LeaseTable* leases, LiveBoard* board, WatchHub* hub, Duration lease_ttl,
                       SchedulerRules rules)
    : clock_(clock), leases_(leases), board_(board), hub_(hub), rules_(rules), workers_(lease_ttl) {}

void Dispatcher::AddSweep(const Sweep& sweep, const std::vector<GraphNode>& nodes) {
  if (IsTerminal(sweep.state)) return;
  std::lock_guard lock(mutex_);
  outlook_.AddSweep(sweep, nodes);
  for (const GraphNode& node : nodes) {  // what is queued already may now be more urgent
    const ReadyStage* const ready = ready_.Find(node.key);
    if (ready == nullptr) continue;
    const Requirement requirement = *ready_.FindRequirement(node.key);
    ready_.Put(requirement, outlook_.Of(node.key, ready->ready_since));
  }
}

void Dispatcher::PutReadyLocked(const Stage& stage) {
  const ReadyStage* const known = ready_.Find(stage.key);
  const SteadyTime since = known != nullptr ? known->ready_since : clock_->Now();
  ready_.Put(RequirementOf(stage), outlook_.Of(stage.key, since));
  reasons_stale_ = true;
}

void Dispatcher::Apply(const Effects& effects) {
  {
    std::lock_guard lock(mutex_);
    for (const Stage& stage : effects.queued) PutReadyLocked(stage);
    for (const std::string& key : effects.dequeued) ready_.Remove(key);
    for (const std::string& id : effects.ended_sweeps) outlook_.RemoveSweep(id);
  }
  if (!effects.cancelling.empty()) {
    std::set<std::string> holders;
    for (const Lease& lease : leases_->RequestCancel(effects.cancelling)) holders.insert(lease.worker);
    for (const std::string& worker : holders) DeliverCancellations(worker);
  }
  if (!effects.changed_sweeps.empty()) hub_->SweepsChanged(effects.changed_sweeps);
  Dispatch();
}

void Dispatcher::LeaseEnded(const Lease& lease) {
  {
    std::lock_guard lock(mutex_);
    workers_.LeaseEnded(lease.token);
    delivered_cancels_.erase(lease.token);
  }
  board_->ClearProgress(lease.stage);
  Dispatch();
}

Status Dispatcher::Register(WorkerRecord record, bool* took_over) {
  const std::vector<Lease> leases = leases_->LeasesOf(record.id);
  {
    std::lock_guard lock(mutex_);
    const WorkerRegistry::Entry* const before = workers_.Find(record.id);
    *took_over = before != nullptr && !before->record.instance.empty() && before->record.instance != record.instance;
    Machine machine{record.fingerprint, record.fingerprint_json};
    WINNOW_RETURN_IF_ERROR(workers_.Register(std::move(record), clock_->Now()));
    if (!machine.fingerprint.empty()) machine_ = std::move(machine);
    for (const Lease& lease : leases) delivered_cancels_.erase(lease.token);  // it may have missed the news
    reasons_stale_ = true;
  }
  RefreshReasons();
  return OkStatus();
}

Status Dispatcher::Touch(const std::string& worker, const std::string& instance) {
  std::lock_guard lock(mutex_);
  return workers_.Touch(worker, instance, clock_->Now());
}

Status Dispatcher::Unregister(const std::string& worker, const std::string& instance) {
  std::vector<LeaseCall> lease_calls;
  std::vector<CancellationCall> cancellation_calls;
  {
    std::lock_guard lock(mutex_);
    WINNOW_RETURN_IF_ERROR(workers_.Unregister(worker, instance));
    lease_calls = lease_calls_.TakeAllOf(worker);
    cancellation_calls = cancellation_calls_.TakeAllOf(worker);
    reasons_stale_ = true;
  }
  for (const LeaseCall& call : lease_calls) call.answer(std::nullopt);
  for (const CancellationCall& call : cancellation_calls) call.answer(std::vector<std::string>());
  RefreshReasons();
  return OkStatus();
}

std::vector<Dispatcher::WorkerView> Dispatcher::Workers() const {
  std::vector<WorkerView> views;
  std::lock_guard lock(mutex_);
  const SteadyTime now = clock_->Now();
  for (const auto& [id, entry] : workers_.entries()) {
    WorkerView view{entry.record, entry.alive, std::nullopt, {}};
    if (entry.last_seen != SteadyTime()) view.silent_for = now - entry.last_seen;
    for (const auto& [token, running] : entry.leases) view.running_stages.push_back(running.stage);
    views.push_back(std::move(view));
  }
  return views;
}

std::optional<WorkerRecord> Dispatcher::FindWorker(const std::string& id) const {
  std::lock_guard lock(mutex_);
  const WorkerRegistry::Entry* const entry = workers_.Find(id);
  return entry == nullptr ? std::nullopt : std::optional(entry->record);
}

Machine Dispatcher::MachineToTimeOn() const {
  std::lock_guard lock(mutex_);
  Machine any;
  for (const WorkerRecord& worker : workers_.Alive()) {
    if (worker.fingerprint.empty()) continue;
    if (worker.fingerprint == machine_.fingerprint) return machine_;
    if (any.fingerprint.empty()) any = {worker.fingerprint, worker.fingerprint_json};
  }
  return any;
}

CallTicket Dispatcher::Acquire(LeaseCall call) {
  CallTicket ticket = 0;
  Status refused;
  {
    std::lock_guard lock(mutex_);
    refused = stopped_ ? Stopping() : workers_.Touch(call.worker, call.instance, clock_->Now());
    if (refused.ok()) {
      ticket = ++last_ticket_;
      lease_calls_.Park(ticket, std::move(call));
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

std::vector<std::string> Dispatcher::Tick() {
  std::vector<LeaseCall> due;
  std::vector<CancellationCall> due_cancellations;
  std::vector<LeaseCall> orphaned;
  std::vector<std::string> silent;
  {
    std::lock_guard lock(mutex_);
    const SteadyTime now = clock_->Now();
    due = lease_calls_.TakeDue(now);
    due_cancellations = cancellation_calls_.TakeDue(now);
    silent = workers_.TakeSilent(now);
    for (const std::string& worker : silent) {
      std::vector<LeaseCall> calls = lease_calls_.TakeAllOf(worker);
      std::move(calls.begin(), calls.end(), std::back_inserter(orphaned));
      reasons_stale_ = true;
    }
  }
  for (const LeaseCall& call : due) call.answer(std::nullopt);
  for (const CancellationCall& call : due_cancellations) call.answer(std::vector<std::string>());
  for (const LeaseCall& call : orphaned) call.answer(Err(Touch(call.worker, call.instance)));
  RefreshReasons();
  Dispatch();
  return silent;
}

void Dispatcher::Stop() {
  std::vector<LeaseCall> lease_calls;
  std::vector<CancellationCall> cancellation_calls;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    lease_calls = lease_calls_.TakeAll();
    cancellation_calls = cancellation_calls_.TakeAll();
  }
  for (const LeaseCall& call : lease_calls) call.answer(std::nullopt);
  for (const CancellationCall& call : cancellation_calls) call.answer(std::vector<std::string>());
}

Dispatcher::Load Dispatcher::load() const {
  std::lock_guard lock(mutex_);
  return {.ready_stages = ready_.size(),
          .waiting_workers = lease_calls_.by_worker().size(),
          .alive_workers = workers_.Alive().size()};
}

std::set<std::string> Dispatcher::SweepsOf(const std::string& stage) const {
  std::lock_guard lock(mutex_);
  return outlook_.SweepsOf(stage);
}

// Looks again at why queues wait, and tells watchers where that has changed.
void Dispatcher::RefreshReasons() {
  std::map<Requirement, std::string> reasons;
  std::vector<std::pair<std::string, std::set<std::string>>> told;  // stages and their sweeps
  {
    std::lock_guard lock(mutex_);
    if (!std::exchange(reasons_stale_, false)) return;
    const std::vector<WorkerRecord> alive = workers_.Alive();
    for (const auto& [requirement, queue] : ready_.queues()) {
      std::string reason = WhyNobodyCanRun(requirement, alive).value_or("");
      const auto before = reasons_.find(requirement);
      if ((before == reasons_.end() ? "" : before->second) != reason) {
        size_t count = 0;
        for (auto it = queue.begin(); it != queue.end() && count < kToldOfReason; ++it, ++count) {
          told.emplace_back(it->key, outlook_.SweepsOf(it->key));
        }
      }
      if (!reason.empty()) reasons.emplace(requirement, std::move(reason));
    }
    reasons_ = reasons;
  }
  board_->SetUnplaceable(std::move(reasons));
  for (const auto& [key, sweeps] : told) hub_->StageChanged(key, sweeps);
}

}  // namespace winnow::server
