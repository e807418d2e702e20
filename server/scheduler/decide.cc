#include "server/scheduler/decide.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string_view>
#include <tuple>

namespace winnow::server {
namespace {

using Queue = ReadyQueues::Queue;

// What is left of one queue.
struct Head {
  const Requirement* requirement;
  Queue::const_iterator next;
  Queue::const_iterator end;

  const ReadyStage& stage() const { return *next; }
};

class Decision {
 public:
  Decision(const ReadyQueues& ready, std::vector<WorkerRoom> workers, const std::map<std::string, HostLoad>& hosts,
           SteadyTime now, const SchedulerRules& rules, std::map<std::string, int> leases_of_user)
      : workers_(std::move(workers)),
        hosts_(hosts),
        now_(now),
        rules_(rules),
        leases_of_user_(std::move(leases_of_user)) {
    for (const auto& [requirement, queue] : ready.queues()) {
      (requirement.exclusive ? exclusive_ : shared_).push_back({&requirement, queue.begin(), queue.end()});
    }
  }

  std::vector<Assignment> Run() {
    ContinueBatches();
    Drain();
    while (PlaceOneShared()) continue;
    while (PlaceOneExclusive([](const WorkerRoom&) { return true; })) continue;
    return std::move(assignments_);
  }

 private:
  // With what this decision has put there.
  const HostLoad& HostOf(const WorkerRoom& worker) const {
    static const HostLoad kIdle;
    const std::string& id = worker.record->host_id;
    if (const auto changed = changed_hosts_.find(id); changed != changed_hosts_.end()) return changed->second;
    const auto it = hosts_.find(id);
    return it == hosts_.end() ? kIdle : it->second;
  }
  Duration Waited(const ReadyStage& stage) const { return now_ - stage.ready_since; }

  // Kind, less what waiting has earned.
  int64_t Rank(const Head& head) const {
    return static_cast<int64_t>(head.requirement->kind) - Waited(head.stage()) / rules_.ageing;
  }

  bool IsSooner(const Head& a, const Head& b) const {
    const auto place = [&](const Head& head) {
      return std::tuple(DueMs(head.stage()), head.stage().sweep_order, Rank(head));
    };
    const auto place_a = place(a);
    const auto place_b = place(b);
    return place_a != place_b ? place_a < place_b : RunsSooner()(a.stage(), b.stage());
  }

  bool IsAtQuota(const Head& head) const {
    const std::string& user = head.requirement->user;
    if (rules_.user_quota <= 0 || user.empty()) return false;
    const auto it = leases_of_user_.find(user);
    return it != leases_of_user_.end() && it->second >= rules_.user_quota;
  }

  std::vector<Head*> InOrder(std::vector<Head>& heads) const {
    std::vector<Head*> order;
    for (Head& head : heads) {
      if (head.next != head.end && !IsAtQuota(head)) order.push_back(&head);
    }
    std::sort(order.begin(), order.end(), [this](const Head* a, const Head* b) { return IsSooner(*a, *b); });
    return order;
  }

  static bool Fits(const WorkerRoom& worker, const Requirement& need) {
    return worker.waiting_calls > 0 && worker.free_threads >= need.threads &&
           worker.free_memory_bytes >= need.memory_bytes && CanRun(*worker.record, need);
  }

  // The roomiest of the workers that pass, the first by name among equals.
  template <typename Passes>
  WorkerRoom* Roomiest(const Passes& passes) {
    WorkerRoom* best = nullptr;
    for (WorkerRoom& worker : workers_) {
      if (!passes(worker)) continue;
      if (best == nullptr || std::tuple(-worker.free_threads, std::string_view(worker.record->id)) <
                                 std::tuple(-best->free_threads, std::string_view(best->record->id))) {
        best = &worker;
      }
    }
    return best;
  }

  void Assign(Head& head, WorkerRoom& worker) {
    assignments_.push_back({head.stage().key, worker.record->id});
    worker.free_threads -= head.requirement->threads;
    worker.free_memory_bytes -= head.requirement->memory_bytes;
    --worker.waiting_calls;
    HostLoad& host = changed_hosts_.try_emplace(worker.record->host_id, HostOf(worker)).first->second;
    ++host.running;
    host.exclusive_running |= head.requirement->exclusive;
    if (!head.requirement->user.empty()) ++leases_of_user_[head.requirement->user];
    ++head.next;
  }

  // Hosts in the middle of a batch take no other stages while exclusive ones for them are ready.
  void ContinueBatches() {
    for (const WorkerRoom& worker : workers_) {
      const std::optional<SteadyTime>& since = HostOf(worker).batch_since;
      if (since && now_ - *since < rules_.batch_limit && HasExclusiveFor(worker)) {
        quiet_hosts_.insert(worker.record->host_id);
      }
    }
    const auto in_batch = [this](const WorkerRoom& worker) { return quiet_hosts_.contains(worker.record->host_id); };
    while (PlaceOneExclusive(in_batch)) continue;
  }

  bool HasExclusiveFor(const WorkerRoom& worker) const {
    return std::any_of(exclusive_.begin(), exclusive_.end(), [&](const Head& head) {
      return head.next != head.end && CanRun(*worker.record, *head.requirement);
    });
  }

  // Stops new leases on one host for each exclusive queue whose head may not wait any longer.
  void Drain() {
    int highest = std::numeric_limits<int>::min();
    for (const Head& head : shared_) highest = std::max(highest, head.stage().priority);
    for (Head* head : InOrder(exclusive_)) {
      const bool presses = Waited(head->stage()) >= rules_.exclusive_after || head->stage().priority > highest;
      if (!presses || shared_.empty()) continue;
      const WorkerRoom* const quietest = Quietest(*head->requirement);
      if (quietest == nullptr) continue;
      quiet_hosts_.insert(quietest->record->host_id);
      const auto drained = [&](const WorkerRoom& worker) {
        return worker.record->host_id == quietest->record->host_id;
      };
      PlaceOneExclusive(drained);
    }
  }

  // The worker that could run it on the host with the least to wait for: one already drained, else by leases running.
  WorkerRoom* Quietest(const Requirement& need) {
    WorkerRoom* best = nullptr;
    const auto place = [this](const WorkerRoom& worker) {
      return std::tuple(!quiet_hosts_.contains(worker.record->host_id), HostOf(worker).running,
                        std::string_view(worker.record->host_id), std::string_view(worker.record->id));
    };
    for (WorkerRoom& worker : workers_) {
      if (CanRun(*worker.record, need) && (best == nullptr || place(worker) < place(*best))) best = &worker;
    }
    return best;
  }

  bool PlaceOneShared() {
    std::set<const WorkerRoom*> held;
    for (Head* head : InOrder(shared_)) {
      const auto open = [&](const WorkerRoom& worker) {
        return !held.contains(&worker) && !quiet_hosts_.contains(worker.record->host_id) &&
               !HostOf(worker).exclusive_running;
      };
      const Requirement& need = *head->requirement;
      if (WorkerRoom* const worker = Roomiest([&](const WorkerRoom& w) { return open(w) && Fits(w, need); })) {
        Assign(*head, *worker);
        return true;
      }
      if (Waited(head->stage()) < rules_.reserve_after) continue;
      if (WorkerRoom* const worker =
              Roomiest([&](const WorkerRoom& w) { return open(w) && CanRun(*w.record, need); })) {
        held.insert(worker);
      }
    }
    return false;
  }

  template <typename Passes>
  bool PlaceOneExclusive(const Passes& passes) {
    for (Head* head : InOrder(exclusive_)) {
      WorkerRoom* const worker = Roomiest(
          [&](const WorkerRoom& w) { return passes(w) && HostOf(w).running == 0 && Fits(w, *head->requirement); });
      if (worker != nullptr) {
        Assign(*head, *worker);
        return true;
      }
    }
    return false;
  }

  std::vector<WorkerRoom> workers_;
  const std::map<std::string, HostLoad>& hosts_;
  std::map<std::string, HostLoad> changed_hosts_;  // that have been assigned something
  const SteadyTime now_;
  const SchedulerRules& rules_;
  std::map<std::string, int> leases_of_user_;
  std::vector<Head> shared_;
  std::vector<Head> exclusive_;
  std::set<std::string> quiet_hosts_;  // take no shared stage in this decision
  std::vector<Assignment> assignments_;
};

// Whether the worker may come to be held for that: it could run it, and has no room for it now or may have none after
// another assignment of the same decision.
bool MayBeHeld(const WorkerRoom& worker, const Requirement& need) {
  const bool has_room = worker.free_threads >= need.threads && worker.free_memory_bytes >= need.memory_bytes;
  return (!has_room || worker.waiting_calls > 1) && CanRun(*worker.record, need);
}

}  // namespace

bool NeedsAllWorkers(const ReadyQueues& ready, const std::vector<WorkerRoom>& asking, SteadyTime now,
                     const SchedulerRules& rules) {
  return std::any_of(ready.queues().begin(), ready.queues().end(), [&](const auto& entry) {
    const auto& [need, queue] = entry;
    if (need.exclusive) return true;
    if (now - queue.begin()->ready_since < rules.reserve_after) return false;
    return std::any_of(asking.begin(), asking.end(),
                       [&need = need](const WorkerRoom& worker) { return MayBeHeld(worker, need); });
  });
}

std::vector<Assignment> Decide(const ReadyQueues& ready, std::vector<WorkerRoom> workers,
                               const std::map<std::string, HostLoad>& hosts, SteadyTime now,
                               const SchedulerRules& rules, std::map<std::string, int> leases_of_user) {
  return Decision(ready, std::move(workers), hosts, now, rules, std::move(leases_of_user)).Run();
}

Duration RetryDelay(const SchedulerRules& rules, int failed_attempts) {
  Duration delay = rules.first_retry_delay;
  for (int i = 1; i < failed_attempts && delay < rules.longest_retry_delay; ++i) delay *= 2;
  return std::min(delay, rules.longest_retry_delay);
}

}  // namespace winnow::server
