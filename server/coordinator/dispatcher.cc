#include "server/coordinator/dispatcher.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/logging.h"

namespace winnow::server {
namespace {

// Of the stages of one queue, as many as are told anew why they wait.
constexpr size_t kToldOfReason = 100;

}  // namespace

Dispatcher::Dispatcher(Store* store, Clock* clock, LeaseTable* leases, LiveBoard* board, WatchHub* hub,
                       Duration lease_ttl, SchedulerRules rules)
    : store_(store), clock_(clock), leases_(leases), board_(board), hub_(hub), rules_(rules), workers_(lease_ttl) {}

void Dispatcher::AddSweep(const Sweep& sweep, const std::vector<GraphNode>& nodes) {
  if (IsTerminal(sweep.state)) return;
  std::lock_guard lock(mutex_);
  outlook_.AddSweep(sweep, nodes);
  for (const GraphNode& node : nodes) {  // what waits already may now be more urgent
    if (const ReadyStage* const ready = ready_.Find(node.key)) {
      PutLocked(*ready_.FindRequirement(node.key), *ready, SteadyTime());
    } else if (const auto paused = paused_.find(node.key); paused != paused_.end()) {
      Waiting waiting = std::move(paused->second);
      paused_.erase(paused);
      PutLocked(std::move(waiting.requirement), std::move(waiting.stage), waiting.due);
    }
  }
}

// Where its sweeps, and who pays for it, stand now; what it has waited counts on.
void Dispatcher::PutLocked(Requirement requirement, ReadyStage stage, SteadyTime due) {
  RemoveLocked(stage.key);
  requirement.user = outlook_.UserOf(stage.key);
  stage = outlook_.Of(stage.key, stage.ready_since);
  if (outlook_.IsPaused(stage.key)) {
    std::string key = stage.key;
    paused_.emplace(std::move(key), Waiting{std::move(requirement), std::move(stage), due});
  } else if (due > clock_->Now()) {
    std::string key = stage.key;
    delayed_.emplace(std::move(key), Waiting{std::move(requirement), std::move(stage), due});
  } else {
    ready_.Put(requirement, std::move(stage));
    reasons_stale_ = true;
  }
}

void Dispatcher::RemoveLocked(const std::string& key) {
  ready_.Remove(key);
  delayed_.erase(key);
  paused_.erase(key);
}

void Dispatcher::PutReadyLocked(const Stage& stage, Duration after) {
  const SteadyTime now = clock_->Now();
  const ReadyStage* const known = ready_.Find(stage.key);
  ReadyStage ready;
  ready.key = stage.key;
  ready.ready_since = known != nullptr ? known->ready_since : now;
  PutLocked(RequirementOf(stage), std::move(ready), after > Duration::zero() ? now + after : SteadyTime());
}

void Dispatcher::ReadyDueLocked(SteadyTime now) {
  std::vector<Waiting> due;
  for (const auto& [key, waiting] : delayed_) {
    if (waiting.due <= now) due.push_back(waiting);
  }
  for (Waiting& waiting : due) PutLocked(std::move(waiting.requirement), std::move(waiting.stage), SteadyTime());
}

void Dispatcher::SetPausedLocked(const std::string& sweep, bool paused) {
  outlook_.SetPaused(sweep, paused);
  for (const std::string& key : outlook_.StagesOf(sweep)) {
    if (const ReadyStage* const ready = ready_.Find(key)) {
      PutLocked(*ready_.FindRequirement(key), *ready, SteadyTime());
      continue;
    }
    for (std::map<std::string, Waiting>* const waiting : {&delayed_, &paused_}) {
      const auto it = waiting->find(key);
      if (it == waiting->end()) continue;
      const Waiting found = it->second;
      PutLocked(found.requirement, found.stage, found.due);
      break;
    }
  }
}

void Dispatcher::NoteEndLocked(const Effects& effects) {
  const Lease& lease = *effects.ended_lease;
  workers_.LeaseEnded(lease.token);
  delivered_cancels_.erase(lease.token);
  if (effects.worker_sign == Effects::WorkerSign::kWorks) workers_.NoteWorks(lease.worker);
  if (effects.worker_sign == Effects::WorkerSign::kFault &&
      workers_.NoteFault(lease.worker, lease.stage, rules_.faults_to_exclude, clock_->Now() + rules_.exclusion)) {
    spdlog::warn("workers/{} is leased nothing for a while: {} stages in a row have failed there", lease.worker,
                 rules_.faults_to_exclude);
    reasons_stale_ = true;
  }
}

WorkerRegistry::Running Dispatcher::RunningLocked(const Stage& stage) const {
  return {.stage = stage.key,
          .threads = stage.threads,
          .memory_bytes = stage.memory_bytes,
          .exclusive = stage.exclusive,
          .user = outlook_.UserOf(stage.key)};
}

void Dispatcher::Follow(const Effects& effects) {
  {
    std::lock_guard lock(mutex_);
    for (const Stage& stage : effects.queued) {
      const auto failed = effects.failed_attempts.find(stage.key);
      PutReadyLocked(stage,
                     failed == effects.failed_attempts.end() ? Duration::zero() : RetryDelay(rules_, failed->second));
    }
    for (const std::string& key : effects.dequeued) RemoveLocked(key);
    for (const std::string& id : effects.ended_sweeps) outlook_.RemoveSweep(id);
    if (effects.sweep_pause) SetPausedLocked(effects.sweep_pause->first, effects.sweep_pause->second);
    if (effects.ended_lease) NoteEndLocked(effects);
  }
  Dispatch();
}

void Dispatcher::Announce(const Effects& effects) {
  if (effects.ended_lease) board_->ClearProgress(effects.ended_lease->stage);
  if (!effects.cancelling.empty()) {
    std::set<std::string> holders;
    for (const Lease& lease : leases_->RequestCancel(effects.cancelling)) holders.insert(lease.worker);
    for (const std::string& worker : holders) DeliverCancellations(worker);
  }
  if (!effects.changed_sweeps.empty()) hub_->SweepsChanged(effects.changed_sweeps);
}

Status Dispatcher::Register(WorkerRecord record, bool* took_over) {
  const std::vector<Lease> leases = leases_->LeasesOf(record.id);
  {
    std::lock_guard lock(mutex_);
    const WorkerRegistry::Entry* const before = workers_.Find(record.id);
    *took_over = before != nullptr && !before->record.instance.empty() && before->record.instance != record.instance;
    Machine machine{record.fingerprint, record.fingerprint_json};
    const std::string id = record.id;
    WINNOW_RETURN_IF_ERROR(workers_.Register(std::move(record), clock_->Now()));
    lease_calls_.Regroup(id, workers_.Find(id)->group);
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

void Dispatcher::TouchHolder(const std::string& worker) {
  std::lock_guard lock(mutex_);
  workers_.TouchHolder(worker, clock_->Now());
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

Dispatcher::WorkerView Dispatcher::ViewLocked(const WorkerRegistry::Entry& entry) const {
  const SteadyTime now = clock_->Now();
  WorkerView view{entry.record, entry.alive, std::nullopt, {}, ""};
  if (entry.last_seen != SteadyTime()) view.silent_for = now - entry.last_seen;
  for (const auto& [token, running] : entry.leases) view.running_stages.push_back(running.stage);
  if (entry.alive && now < entry.excluded_until) {
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(entry.excluded_until - now).count();
    view.excluded_because = std::to_string(rules_.faults_to_exclude) +
                            " stages in a row have failed there; it is leased stages again in " + std::to_string(left) +
                            " s, or when it is started anew";
  }
  return view;
}

std::vector<Dispatcher::WorkerView> Dispatcher::Workers() const {
  std::vector<WorkerView> views;
  std::lock_guard lock(mutex_);
  for (const auto& [id, entry] : workers_.entries()) views.push_back(ViewLocked(entry));
  return views;
}

Result<Dispatcher::WorkerView> Dispatcher::SetDraining(const std::string& worker, bool draining) {
  WorkerView view;
  {
    std::lock_guard lock(mutex_);
    WINNOW_RETURN_ERR_IF_ERROR(workers_.SetDraining(worker, draining));
    view = ViewLocked(*workers_.Find(worker));
    reasons_stale_ = true;
  }
  RefreshReasons();
  Dispatch();
  return view;
}

std::optional<WorkerRecord> Dispatcher::FindWorker(const std::string& id) const {
  std::lock_guard lock(mutex_);
  const WorkerRegistry::Entry* const entry = workers_.Find(id);
  return entry == nullptr ? std::nullopt : std::optional(entry->record);
}

std::optional<std::string> Dispatcher::InstanceOf(const std::string& id) const {
  std::lock_guard lock(mutex_);
  const WorkerRegistry::Entry* const entry = workers_.Find(id);
  return entry == nullptr ? std::nullopt : std::optional(entry->record.instance);
}

Machine Dispatcher::MachineToTimeOn() const {
  std::lock_guard lock(mutex_);
  Machine any;
  for (const WorkerRecord* const worker : workers_.AliveKinds()) {
    if (worker->fingerprint.empty()) continue;
    if (worker->fingerprint == machine_.fingerprint) return machine_;
    if (any.fingerprint.empty()) any = {worker->fingerprint, worker->fingerprint_json};
  }
  return any;
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
    ReadyDueLocked(now);
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
          .alive_workers = workers_.CountAlive()};
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
    const std::vector<const WorkerRecord*> kinds = workers_.AliveKinds();
    for (const auto& [requirement, queue] : ready_.queues()) {
      const bool somebody_can = std::any_of(
          kinds.begin(), kinds.end(), [&need = requirement](const WorkerRecord* one) { return CanRun(*one, need); });
      std::string reason = somebody_can ? "" : WhyNobodyCanRun(requirement, workers_.Alive()).value_or("");
      Requirement known_as = requirement;
      known_as.user.clear();
      const auto before = reasons_.find(known_as);
      if ((before == reasons_.end() ? "" : before->second) != reason) {
        size_t count = 0;
        for (auto it = queue.begin(); it != queue.end() && count < kToldOfReason; ++it, ++count) {
          told.emplace_back(it->key, outlook_.SweepsOf(it->key));
        }
      }
      if (!reason.empty()) reasons.emplace(std::move(known_as), std::move(reason));
    }
    reasons_ = reasons;
  }
  board_->SetUnplaceable(std::move(reasons));
  for (const auto& [key, sweeps] : told) hub_->StageChanged(key, sweeps);
}

}  // namespace winnow::server
