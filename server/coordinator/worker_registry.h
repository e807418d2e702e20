// The workers this coordinator has heard of: what each offers, whether it is alive, and what it runs.
//
// In memory only. A worker is alive while it has been heard of within the lease ttl; one that is not has to register
// again, and its leases are over.
//
// Threads    one at a time (under the coordinator's mutex).
#ifndef SERVER_COORDINATOR_WORKER_REGISTRY_H_
#define SERVER_COORDINATOR_WORKER_REGISTRY_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "server/scheduler/decide.h"
#include "server/scheduler/requirement.h"

namespace winnow::server {

class WorkerRegistry {
 public:
  // What a lease takes up.
  struct Running {
    std::string stage;
    int threads = 0;
    int64_t memory_bytes = 0;
    bool exclusive = false;
    std::string user;  // whose quota it counts against
  };

  struct Entry {
    WorkerRecord record;
    SteadyTime last_seen{};
    bool alive = false;
    int group = 0;                          // workers of one group can run the same stages
    std::map<std::string, Running> leases;  // by token
    std::set<std::string> faults;           // stages that failed here, one after the other, by no fault of theirs
    SteadyTime excluded_until{};

    // Whether it may be leased anything.
    bool is_open(SteadyTime now) const { return alive && !record.draining && now >= excluded_until; }

    int free_threads() const;
    int64_t free_memory_bytes() const;
  };

  explicit WorkerRegistry(Duration ttl) : ttl_(ttl) {}

  // Makes the worker known and alive, or replaces what it offered before.
  //   kFailedPrecondition, reason NAME_TAKEN: a worker of another instance is alive under that name
  Status Register(WorkerRecord record, SteadyTime now);
  // A worker from before a restart: known, not alive. Its name is free.
  void Remember(WorkerRecord record);
  // A sign of life. kNotFound: not registered, gone, or another instance has taken the name since; register again.
  Status Touch(const std::string& id, const std::string& instance, SteadyTime now);
  // The same of who holds a lease, and so proves to be the instance that was given it. Nothing happens where the worker
  // is not alive.
  void TouchHolder(const std::string& id, SteadyTime now);
  // It is gone from now on. kNotFound as above.
  Status Unregister(const std::string& id, const std::string& instance);
  // Marks those gone that have been silent for longer than the ttl, and names them.
  std::vector<std::string> TakeSilent(SteadyTime now);

  // kNotFound: no such worker.
  Status SetDraining(const std::string& id, bool draining);
  // An attempt of that stage has failed there, by no fault of the stage's. True where the worker is excluded from now
  // on, until `until`: on so many stages in a row.
  bool NoteFault(const std::string& id, const std::string& stage, int faults_to_exclude, SteadyTime until);
  // An attempt has succeeded there.
  void NoteWorks(const std::string& id);

  void LeaseStarted(const std::string& worker, const std::string& token, Running running, SteadyTime now);
  // Nothing happens where it is not known.
  void LeaseEnded(const std::string& token);
  // All of them; what the store knows is told anew.
  void ForgetLeases();
  // The worker that holds it; null where none does.
  const Entry* HolderOf(const std::string& token) const;

  // Null where it is not known.
  const Entry* Find(const std::string& id) const;
  const std::map<std::string, Entry>& entries() const { return entries_; }

  // By id.
  std::vector<const WorkerRecord*> Alive() const;
  // One alive worker for each kind of what workers offer: enough to know what can be run, and where, among thousands.
  std::vector<const WorkerRecord*> AliveKinds() const;
  size_t CountAlive() const;
  // Leases that run, by user; without those of nobody.
  std::map<std::string, int> LeasesOfUsers() const;
  // Of every host where a lease runs or a batch of exclusive stages has begun.
  const std::map<std::string, HostLoad>& HostLoads() const { return host_loads_; }

 private:
  int GroupOf(const WorkerRecord& record);
  void SetAlive(Entry& entry, bool alive);
  // Puts the worker's record in place, with all that is kept by what it says.
  void Replace(Entry& entry, WorkerRecord record);
  void CountOnHost(const Entry& entry, const Running& running, int by);

  const Duration ttl_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, std::string> worker_of_token_;
  std::set<std::string> busy_;                    // ids of workers with leases
  std::map<std::string, int> groups_;             // by what its workers offer, as text
  std::map<int, std::set<std::string>> alive_;    // ids, by group
  std::map<std::string, HostLoad> host_loads_;    // without hosts of which there is nothing to say
  std::map<std::string, int> exclusive_of_host_;  // leases of exclusive stages, likewise
};

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_WORKER_REGISTRY_H_
