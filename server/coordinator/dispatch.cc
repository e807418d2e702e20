// The part of Dispatcher that hands stages to workers, and what it takes up at start.
#include <algorithm>
#include <memory>
#include <utility>

#include "base/logging.h"
#include "server/coordinator/dispatcher.h"

namespace winnow::server {
namespace {

// Of workers that can run the same, so many are looked at for the roomiest, and get stages with one decision.
constexpr size_t kRoomsOfAGroup = 256;

// Somebody else has the stage, or it is gone: the worker that was to have it waits on.
bool IsTakenByOthers(const Status& status) {
  return status.code() == StatusCode::kNotFound ||
         (status.code() == StatusCode::kFailedPrecondition && status.reason() != kLeaseLost);
}

}  // namespace

struct Dispatcher::Recovered {
  std::vector<WorkerRecord> workers;
  std::vector<std::pair<Sweep, std::vector<GraphNode>>> sweeps;
  std::vector<Stage> stages;
};

Status Dispatcher::ReadLive(const StoreReader& reader, Recovered& recovered) {
  PageRequest page{.size = 1000, .token = ""};
  do {
    WINNOW_ASSIGN_OR_RETURN_STATUS(Page<WorkerRecord> workers, reader.ListWorkers(page));
    std::move(workers.items.begin(), workers.items.end(), std::back_inserter(recovered.workers));
    page.token = std::move(workers.next_token);
  } while (!page.token.empty());
  WINNOW_RETURN_IF_ERROR(reader.ForEachLiveSweep([&](Sweep sweep) {
    recovered.sweeps.emplace_back(std::move(sweep), std::vector<GraphNode>());
    return OkStatus();
  }));
  for (auto& [sweep, nodes] : recovered.sweeps) {
    WINNOW_RETURN_IF_ERROR(reader.ForEachChangedStage(sweep.id, 0, [&nodes = nodes](Stage stage) {
      nodes.push_back({stage.key, std::move(stage.parents), static_cast<int64_t>(nodes.size())});
      return OkStatus();
    }));
  }
  return reader.ForEachLiveStage([&](Stage stage) {
    if (stage.state != StageState::kBlocked) recovered.stages.push_back(std::move(stage));
    return OkStatus();
  });
}

Status Dispatcher::Recover() {
  Recovered recovered;
  WINNOW_RETURN_IF_ERROR(store_->Read([&](const StoreReader& reader) { return ReadLive(reader, recovered); }));
  std::lock_guard lock(mutex_);
  for (WorkerRecord& worker : recovered.workers) workers_.Remember(std::move(worker));
  RebuildLocked(std::move(recovered));
  return OkStatus();
}

void Dispatcher::RebuildLocked(Recovered recovered) {
  ReadyQueues ready;
  std::swap(ready, ready_);
  outlook_ = Outlook();
  delayed_.clear();
  paused_.clear();
  workers_.ForgetLeases();
  for (const auto& [sweep, nodes] : recovered.sweeps) outlook_.AddSweep(sweep, nodes);
  for (const Stage& stage : recovered.stages) {
    if (stage.state == StageState::kQueued) {
      const ReadyStage* const known = ready.Find(stage.key);  // what it has waited counts on
      ReadyStage queued;
      queued.key = stage.key;
      queued.ready_since = known != nullptr ? known->ready_since : clock_->Now();
      PutLocked(RequirementOf(stage), std::move(queued), SteadyTime());
    } else {
      workers_.LeaseStarted(stage.worker, stage.token, RunningLocked(stage), clock_->Now());
    }
  }
  reasons_stale_ = true;
}

// In a transaction of its own, so that nothing falls between what it reads and what memory follows afterwards.
void Dispatcher::Distrust() {
  store_->Submit(
      [this](StoreWriter& writer) -> Status {
        Recovered recovered;
        WINNOW_RETURN_IF_ERROR(ReadLive(writer, recovered));
        std::lock_guard lock(mutex_);
        RebuildLocked(std::move(recovered));
        return OkStatus();
      },
      [](const Status& status) {
        if (!status.ok()) spdlog::error("the queues may miss what the store has: {}", status.ToString());
      });
}

void Dispatcher::Dispatch() {
  std::vector<Grant> grants;
  do {
    {
      std::lock_guard lock(mutex_);
      grants = stopped_ ? std::vector<Grant>() : DecideLocked();
    }
    for (Grant& grant : grants) Start(std::move(grant));
  } while (grants.size() >= kRoomsOfAGroup);  // more may wait than were looked at
}

void Dispatcher::AddRoomLocked(const WorkerRegistry::Entry& entry, std::vector<WorkerRoom>& rooms) const {
  WorkerRoom room{&entry.record, entry.free_threads(), entry.free_memory_bytes(), 0};
  const auto calls = lease_calls_.by_worker().find(entry.record.id);
  if (calls != lease_calls_.by_worker().end()) {
    // What the worker says is free counts, as far as it agrees with the leases that it has.
    const LeaseCall& latest = lease_calls_.Get(*calls->second.rbegin());
    room.waiting_calls = static_cast<int>(calls->second.size());
    room.free_threads = std::min(room.free_threads, latest.free_threads);
    room.free_memory_bytes = std::min(room.free_memory_bytes, latest.free_memory_bytes);
  }
  rooms.push_back(room);
}

// The workers among which stages are placed now. Of many that wait and can run the same a number will do at once:
// thousands of idle workers cost nothing here.
std::vector<WorkerRoom> Dispatcher::RoomsLocked(SteadyTime now) const {
  std::vector<WorkerRoom> rooms = AskingRoomsLocked(now);
  if (rooms.empty() || !NeedsAllWorkers(ready_, rooms, now, rules_)) return rooms;
  rooms.clear();
  for (const auto& [id, entry] : workers_.entries()) {
    if (entry.is_open(now)) AddRoomLocked(entry, rooms);
  }
  return rooms;
}

std::vector<WorkerRoom> Dispatcher::AskingRoomsLocked(SteadyTime now) const {
  std::vector<WorkerRoom> rooms;
  for (const auto& [group, workers] : lease_calls_.workers_of_group()) {
    const WorkerRegistry::Entry* const any = workers_.Find(*workers.begin());
    const bool can_run = std::any_of(ready_.queues().begin(), ready_.queues().end(), [&](const auto& queue) {
      return any != nullptr && CanRun(any->record, queue.first);
    });
    if (!can_run) continue;
    size_t taken = 0;
    for (const std::string& id : workers) {
      const WorkerRegistry::Entry* const entry = workers_.Find(id);
      if (entry == nullptr || !entry->is_open(now)) continue;
      AddRoomLocked(*entry, rooms);
      if (++taken >= kRoomsOfAGroup) break;
    }
  }
  return rooms;
}

std::vector<Dispatcher::Grant> Dispatcher::DecideLocked() {
  std::vector<Grant> grants;
  if (ready_.size() == 0 || lease_calls_.size() == 0) return grants;
  const SteadyTime now = clock_->Now();
  std::vector<WorkerRoom> rooms = RoomsLocked(now);
  if (rooms.empty()) return grants;
  for (const Assignment& assignment :
       Decide(ready_, std::move(rooms), workers_.HostLoads(), now, rules_,
              rules_.user_quota > 0 ? workers_.LeasesOfUsers() : std::map<std::string, int>())) {
    Grant grant{.placeholder = "grant/" + std::to_string(++last_placeholder_),
                .ticket = *lease_calls_.by_worker().at(assignment.worker).begin(),
                .stage = *ready_.Find(assignment.stage),
                .requirement = *ready_.FindRequirement(assignment.stage),
                .call = {}};
    grant.call = *lease_calls_.Take(grant.ticket);
    ready_.Remove(assignment.stage);
    const Requirement& need = grant.requirement;
    workers_.LeaseStarted(assignment.worker, grant.placeholder,
                          {.stage = assignment.stage,
                           .threads = need.threads,
                           .memory_bytes = need.memory_bytes,
                           .exclusive = need.exclusive,
                           .user = need.user},
                          now);
    grants.push_back(std::move(grant));
  }
  return grants;
}

void Dispatcher::Start(Grant grant) {
  const std::string stage = grant.stage.key;
  const std::string worker = grant.call.worker;
  const std::string request_id = grant.call.request_id;
  auto shared = std::make_shared<Grant>(std::move(grant));
  leases_->Grant(stage, worker, request_id,
                 [this, shared](Result<GrantedLease> granted) { Finish(*shared, std::move(granted)); });
}

// Memory after a grant was stored or refused. Returns whether the call waits on.
bool Dispatcher::SettleGrantLocked(const Grant& grant, const Result<GrantedLease>& granted) {
  workers_.LeaseEnded(grant.placeholder);
  if (granted) {
    const Stage& stage = granted->stage;
    workers_.LeaseStarted(grant.call.worker, granted->lease.token, RunningLocked(stage), clock_->Now());
    // A repeated request got the lease it had; what was chosen for it now is still to be had.
    if (stage.key != grant.stage.key) PutLocked(grant.requirement, grant.stage, SteadyTime());
    return false;
  }
  if (!IsTakenByOthers(granted.error())) {
    PutLocked(grant.requirement, grant.stage, SteadyTime());
    return false;
  }
  if (stopped_ || grant.call.deadline <= clock_->Now()) return false;
  ParkLocked(grant.ticket, grant.call);
  return true;
}

void Dispatcher::Finish(const Grant& grant, Result<GrantedLease> granted) {
  bool waits_on = false;
  {
    std::lock_guard lock(mutex_);
    waits_on = SettleGrantLocked(grant, granted);
  }
  if (granted) {
    grant.call.answer(std::optional(*std::move(granted)));
    return;
  }
  if (waits_on) {
    spdlog::debug("stage {} was not to be had: {}", grant.stage.key, granted.error().ToString());
  } else if (IsTakenByOthers(granted.error())) {
    grant.call.answer(std::nullopt);
  } else {
    grant.call.answer(Err(granted.error()));
    return;  // the store cannot write now: the next event or tick tries again
  }
  Dispatch();
}

}  // namespace winnow::server
