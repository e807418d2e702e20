// Calls that wait for something to happen, as values: none holds a thread.
//
// Threads    one at a time (under the dispatcher's mutex). Answers are called by whoever takes a call out, unlocked.
#ifndef SERVER_COORDINATOR_PARKED_CALLS_H_
#define SERVER_COORDINATOR_PARKED_CALLS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace winnow::server {

using CallTicket = uint64_t;  // 0 is none

// `Call` has `worker` (id), `group` (of workers that can run the same), `deadline` and `answer`. Oldest first,
// everywhere.
template <typename Call>
class ParkedCalls {
 public:
  void Park(CallTicket ticket, Call call) {
    by_worker_[call.worker].insert(ticket);
    workers_of_group_[call.group].insert(call.worker);
    by_deadline_.emplace(call.deadline, ticket);
    calls_.emplace(ticket, std::move(call));
  }

  std::optional<Call> Take(CallTicket ticket) {
    const auto it = calls_.find(ticket);
    if (it == calls_.end()) return std::nullopt;
    Call call = std::move(it->second);
    calls_.erase(it);
    by_deadline_.erase({call.deadline, ticket});
    const auto of_worker = by_worker_.find(call.worker);
    of_worker->second.erase(ticket);
    if (of_worker->second.empty()) {
      by_worker_.erase(of_worker);
      const auto group = workers_of_group_.find(call.group);
      group->second.erase(call.worker);
      if (group->second.empty()) workers_of_group_.erase(group);
    }
    return call;
  }

  std::optional<Call> TakeOldestOf(const std::string& worker) {
    const auto it = by_worker_.find(worker);
    if (it == by_worker_.end()) return std::nullopt;
    return Take(*it->second.begin());
  }

  std::vector<Call> TakeAllOf(const std::string& worker) {
    std::vector<Call> taken;
    while (std::optional<Call> call = TakeOldestOf(worker)) taken.push_back(*std::move(call));
    return taken;
  }

  // Those whose time to wait is over.
  std::vector<Call> TakeDue(SteadyTime now) {
    std::vector<Call> taken;
    while (!by_deadline_.empty() && by_deadline_.begin()->first <= now) {
      taken.push_back(*Take(by_deadline_.begin()->second));
    }
    return taken;
  }

  std::vector<Call> TakeAll() { return TakeDue(SteadyTime::max()); }

  // Tickets by worker.
  const std::map<std::string, std::set<CallTicket>>& by_worker() const { return by_worker_; }
  // Ids of workers with calls, by group. All calls of a worker are of one group: see Regroup.
  const std::map<int, std::set<std::string>>& workers_of_group() const { return workers_of_group_; }
  // The worker belongs to another group from now on.
  void Regroup(const std::string& worker, int group) {
    const auto it = by_worker_.find(worker);
    if (it == by_worker_.end()) return;
    const std::set<CallTicket> tickets = it->second;
    std::vector<std::pair<CallTicket, Call>> calls;
    for (const CallTicket ticket : tickets) calls.emplace_back(ticket, *Take(ticket));
    for (auto& [ticket, call] : calls) {
      call.group = group;
      Park(ticket, std::move(call));
    }
  }
  const Call& Get(CallTicket ticket) const { return calls_.at(ticket); }
  size_t size() const { return calls_.size(); }

 private:
  std::map<CallTicket, Call> calls_;
  std::map<std::string, std::set<CallTicket>> by_worker_;
  std::map<int, std::set<std::string>> workers_of_group_;
  std::set<std::pair<SteadyTime, CallTicket>> by_deadline_;
};

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_PARKED_CALLS_H_
