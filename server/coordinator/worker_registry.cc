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
  if (entry.record.instance != record.instance) {
    entry.faults.clear();
    entry.excluded_until = {};
  } else {
    record.draining = entry.record.draining;
  }
  Replace(entry, std::move(record));
  entry.last_seen = now;
  SetAlive(entry, true);
  return OkStatus();
}

void WorkerRegistry::SetAlive(Entry& entry, bool alive) {
  entry.alive = alive;
  if (alive) {
    alive_[entry.group].insert(entry.record.id);
    return;
  }
  const auto group = alive_.find(entry.group);
  if (group == alive_.end()) return;
  group->second.erase(entry.record.id);
  if (group->second.empty()) alive_.erase(group);
}

void WorkerRegistry::Replace(Entry& entry, WorkerRecord record) {
  for (const auto& [token, running] : entry.leases) CountOnHost(entry, running, -1);
  const bool alive = entry.alive;
  SetAlive(entry, false);
  entry.group = GroupOf(record);
  entry.record = std::move(record);
  if (alive) SetAlive(entry, true);
  for (const auto& [token, running] : entry.leases) CountOnHost(entry, running, 1);
}

void WorkerRegistry::CountOnHost(const Entry& entry, const Running& running, int by) {
  const std::string& host = entry.record.host_id;
  HostLoad& load = host_loads_[host];
  load.running += by;
  if (running.exclusive) {
    int& exclusive = exclusive_of_host_[host];
    exclusive += by;
    load.exclusive_running = exclusive > 0;
    if (exclusive == 0) exclusive_of_host_.erase(host);
  }
  if (load.running == 0 && !load.batch_since) host_loads_.erase(host);
}

// Everything that CanRun looks at.
int WorkerRegistry::GroupOf(const WorkerRecord& record) {
  std::string text =
      std::to_string(record.threads) + "/" + std::to_string(record.memory_bytes) + "/" + record.fingerprint + "/";
  for (const auto& [kind, version] : record.stage_versions) {
    text += std::string(spec::StageKindName(kind)) + "=" + std::to_string(version) + ",";
  }
  for (const WorkerDataSet& data_set : record.data_sets) text += "/" + data_set.name + "=" + data_set.digest;
  for (const auto& [name, value] : record.labels) text += "/" + name + "=" + value;
  return groups_.emplace(std::move(text), static_cast<int>(groups_.size()) + 1).first->second;
}

void WorkerRegistry::Remember(WorkerRecord record) {
  Entry& entry = entries_[record.id];
  Replace(entry, std::move(record));
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

void WorkerRegistry::TouchHolder(const std::string& id, SteadyTime now) {
  const auto it = entries_.find(id);
  if (it != entries_.end() && it->second.alive) it->second.last_seen = now;
}

Status WorkerRegistry::Unregister(const std::string& id, const std::string& instance) {
  const auto it = entries_.find(id);
  if (it == entries_.end() || it->second.record.instance != instance) {
    return NotFound("workers/" + id + " is not registered with this coordinator");
  }
  SetAlive(it->second, false);
  return OkStatus();
}

std::vector<std::string> WorkerRegistry::TakeSilent(SteadyTime now) {
  std::vector<std::string> silent;
  for (auto& [id, entry] : entries_) {
    if (!entry.alive || now - entry.last_seen <= ttl_) continue;
    SetAlive(entry, false);
    silent.push_back(id);
  }
  return silent;
}

Status WorkerRegistry::SetDraining(const std::string& id, bool draining) {
  const auto it = entries_.find(id);
  if (it == entries_.end()) return NotFound("workers/" + id + " is not known; `winnow workers` lists those that are");
  it->second.record.draining = draining;
  return OkStatus();
}

bool WorkerRegistry::NoteFault(const std::string& id, const std::string& stage, int faults_to_exclude,
                               SteadyTime until) {
  const auto it = entries_.find(id);
  if (it == entries_.end()) return false;
  it->second.faults.insert(stage);
  if (static_cast<int>(it->second.faults.size()) < faults_to_exclude) return false;
  it->second.faults.clear();
  it->second.excluded_until = until;
  return true;
}

void WorkerRegistry::NoteWorks(const std::string& id) {
  const auto it = entries_.find(id);
  if (it != entries_.end()) it->second.faults.clear();
}

std::map<std::string, int> WorkerRegistry::LeasesOfUsers() const {
  std::map<std::string, int> leases;
  for (const std::string& id : busy_) {
    for (const auto& [token, running] : entries_.at(id).leases) {
      if (!running.user.empty()) ++leases[running.user];
    }
  }
  return leases;
}

void WorkerRegistry::LeaseStarted(const std::string& worker, const std::string& token, Running running,
                                  SteadyTime now) {
  if (!worker_of_token_.emplace(token, worker).second) return;
  Entry& entry = entries_[worker];
  if (entry.record.id.empty()) entry.record.id = worker;  // a lease from before a restart; the worker has not come back
  CountOnHost(entry, running, 1);
  HostLoad& load = host_loads_.at(entry.record.host_id);
  if (!running.exclusive) {
    load.batch_since.reset();
  } else if (!load.batch_since) {
    load.batch_since = now;  // the first of a batch
  }
  entry.leases.emplace(token, std::move(running));
  busy_.insert(worker);
}

void WorkerRegistry::LeaseEnded(const std::string& token) {
  const auto it = worker_of_token_.find(token);
  if (it == worker_of_token_.end()) return;
  Entry& entry = entries_.at(it->second);
  const auto lease = entry.leases.find(token);
  CountOnHost(entry, lease->second, -1);
  entry.leases.erase(lease);
  if (entry.leases.empty()) busy_.erase(it->second);
  worker_of_token_.erase(it);
}

void WorkerRegistry::ForgetLeases() {
  for (auto& [id, entry] : entries_) {
    for (const auto& [token, running] : entry.leases) CountOnHost(entry, running, -1);
    entry.leases.clear();
  }
  worker_of_token_.clear();
  busy_.clear();
}

const WorkerRegistry::Entry* WorkerRegistry::HolderOf(const std::string& token) const {
  const auto it = worker_of_token_.find(token);
  return it == worker_of_token_.end() ? nullptr : Find(it->second);
}

const WorkerRegistry::Entry* WorkerRegistry::Find(const std::string& id) const {
  const auto it = entries_.find(id);
  return it == entries_.end() ? nullptr : &it->second;
}

size_t WorkerRegistry::CountAlive() const {
  size_t count = 0;
  for (const auto& [group, ids] : alive_) count += ids.size();
  return count;
}

std::vector<const WorkerRecord*> WorkerRegistry::Alive() const {
  std::vector<const WorkerRecord*> records;
  for (const auto& [id, entry] : entries_) {
    if (entry.alive) records.push_back(&entry.record);
  }
  return records;
}

std::vector<const WorkerRecord*> WorkerRegistry::AliveKinds() const {
  std::vector<const WorkerRecord*> records;
  for (const auto& [group, ids] : alive_) records.push_back(&entries_.at(*ids.begin()).record);
  return records;
}

}  // namespace winnow::server
