#include "server/coordinator/worker_registry.h"

#include <utility>

namespace winnow::server {

int WorkerRegistry::Entry::free_threads() const {
  int free = record.threads;
  for (const auto& [token, running] : leases) free -= running.threads;
  return free;
}

int64_t WorkerRegistry::Entry::free_memory_bytes() const {
  int64_t free = record.memory_bytes;
  for (const auto& [token, running] : leases) free -= running.memory_bytes;
  return free;
}

Status WorkerRegistry::Register(WorkerRecord record, SteadyTime now) {
  Entry& entry = entries_[record.id];
  if (entry.alive && entry.record.instance != record.instance && now - entry.last_seen <= ttl_) {
    return FailedPrecondition(
        "a live worker has the name " + record.id + "; choose another with --name, or try again once that one is gone",
        "NAME_TAKEN");
  }
  entry.record = std::move(record);
  entry.last_seen = now;
  entry.alive = true;
  return OkStatus();
}

void WorkerRegistry::Remember(WorkerRecord record) {
  Entry& entry = entries_[record.id];
  entry.record = std::move(record);
}

Status WorkerRegistry::Touch(const std::string& id, const std::string& instance, SteadyTime now) {
  const auto it = entries_.find(id);
  if (it == entries_.end() || !it->second.alive) {
    return NotFound("workers/" + id + " is not registered with this coordinator; register again");
  }
  if (it->second.record.instance != instance) {
    return NotFound("workers/" + id + " has been registered by another instance; register again");
  }
  it->second.last_seen = now;
  return OkStatus();
}

Status WorkerRegistry::Unregister(const std::string& id, const std::string& instance) {
  const auto it = entries_.find(id);
  if (it == entries_.end() || it->second.record.instance != instance) {
    return NotFound("workers/" + id + " is not registered with this coordinator");
  }
  it->second.alive = false;
  return OkStatus();
}

std::vector<std::string> WorkerRegistry::TakeSilent(SteadyTime now) {
  std::vector<std::string> silent;
  for (auto& [id, entry] : entries_) {
    if (!entry.alive || now - entry.last_seen <= ttl_) continue;
    entry.alive = false;
    silent.push_back(id);
  }
  return silent;
}

void WorkerRegistry::LeaseStarted(const std::string& worker, const std::string& token, Running running,
                                  SteadyTime now) {
  if (!worker_of_token_.emplace(token, worker).second) return;
  Entry& entry = entries_[worker];
  if (entry.record.id.empty()) entry.record.id = worker;  // a lease from before a restart; the worker has not come back
  if (running.exclusive) {
    batch_since_.emplace(entry.record.host_id, now);  // the first of a batch
  } else {
    batch_since_.erase(entry.record.host_id);
  }
  entry.leases.emplace(token, std::move(running));
}

void WorkerRegistry::LeaseEnded(const std::string& token) {
  const auto it = worker_of_token_.find(token);
  if (it == worker_of_token_.end()) return;
  entries_.at(it->second).leases.erase(token);
  worker_of_token_.erase(it);
}

std::map<std::string, HostLoad> WorkerRegistry::HostLoads() const {
  std::map<std::string, HostLoad> loads;
  for (const auto& [host, since] : batch_since_) loads[host].batch_since = since;
  for (const auto& [id, entry] : entries_) {
    for (const auto& [token, running] : entry.leases) {
      HostLoad& load = loads[entry.record.host_id];
      ++load.running;
      load.exclusive_running |= running.exclusive;
    }
  }
  return loads;
}

const WorkerRegistry::Entry* WorkerRegistry::HolderOf(const std::string& token) const {
  const auto it = worker_of_token_.find(token);
  return it == worker_of_token_.end() ? nullptr : Find(it->second);
}

const WorkerRegistry::Entry* WorkerRegistry::Find(const std::string& id) const {
  const auto it = entries_.find(id);
  return it == entries_.end() ? nullptr : &it->second;
}

std::vector<WorkerRecord> WorkerRegistry::Alive() const {
  std::vector<WorkerRecord> records;
  for (const auto& [id, entry] : entries_) {
    if (entry.alive) records.push_back(entry.record);
  }
  return records;
}

}  // namespace winnow::server
