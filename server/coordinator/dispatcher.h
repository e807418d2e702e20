// Where ready stages meet waiting workers: the coordinator's memory of what may run, who could run it and who asks.
//
// The store has the truth about stages; this follows it, transaction by transaction (Follow), and is rebuilt from it
// (Recover, Distrust). Waiting calls are parked here without a thread and woken by events.
//
// Threads    safe for concurrent use. One mutex guards everything; it is held for microseconds and never while anything
//            else is called: leases, watchers and answers run unlocked.
// Time       deadlines, ageing and silence are on the clock's steady time, looked at by Tick.
// Ownership  borrows what it is given.
#ifndef SERVER_COORDINATOR_DISPATCHER_H_
#define SERVER_COORDINATOR_DISPATCHER_H_

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "server/coordinator/effects.h"
#include "server/coordinator/live_board.h"
#include "server/coordinator/outlook.h"
#include "server/coordinator/parked_calls.h"
#include "server/coordinator/sweep_changes.h"
#include "server/coordinator/watch_hub.h"
#include "server/coordinator/worker_registry.h"
#include "server/leases/lease_table.h"
#include "server/scheduler/decide.h"

namespace winnow::server {

// A worker that asks for a stage. The answer is nullopt when its time to wait is over: it asks again.
struct LeaseCall {
  std::string request_id;
  std::string worker;
  std::string instance;
  int free_threads = 0;
  int64_t free_memory_bytes = 0;
  SteadyTime deadline{};
  std::function<void(Result<std::optional<GrantedLease>>)> answer;
  int group = 0;  // set where it is parked
};

// A worker that waits to hear which of its leases are to be cancelled.
struct CancellationCall {
  std::string worker;
  std::string instance;
  SteadyTime deadline{};
  std::function<void(Result<std::vector<std::string>>)> answer;  // tokens
  int group = 0;
};

class Dispatcher {
 public:
  struct WorkerView {
    WorkerRecord record;
    bool alive = false;
    std::optional<Duration> silent_for;       // since it was last heard of; none if never by this coordinator
    std::vector<std::string> running_stages;  // keys
    std::string excluded_because;             // "" where it is not
  };

  Dispatcher(Store* store, Clock* clock, LeaseTable* leases, LiveBoard* board, WatchHub* hub, Duration lease_ttl,
             SchedulerRules rules);

  // Takes up what the store knows. Once, before anything else; blocks.
  Status Recover();

  // A sweep has been stored, or planned anew. Within that transaction, before its effects are followed.
  void AddSweep(const Sweep& sweep, const std::vector<GraphNode>& nodes);
  // A transaction has had these effects; it is about to end, and leases that are granted for them join its commit. On
  // the store's commit thread.
  void Follow(const Effects& effects);
  // They have been committed: tells those who watch, and whose stages are to be cancelled.
  void Announce(const Effects& effects);
  // They have not been committed, though they were followed: takes queues and leases up from the store again.
  void Distrust();

  // As WorkerRegistry. `took_over`: the name belonged to another instance before, whose leases are to be ended.
  Status Register(WorkerRecord record, bool* took_over);
  Status Touch(const std::string& worker, const std::string& instance);
  void TouchHolder(const std::string& worker);
  Status Unregister(const std::string& worker, const std::string& instance);
  std::vector<WorkerView> Workers() const;
  // kNotFound: no such worker.
  Result<WorkerView> SetDraining(const std::string& worker, bool draining);
  std::optional<WorkerRecord> FindWorker(const std::string& id) const;
  // Of the worker that registered last under that name; nullopt where none has.
  std::optional<std::string> InstanceOf(const std::string& id) const;
  // The one that sweeps are timed on: of the worker that registered last, while one of its kind is alive, else of any
  // that is.
  Machine MachineToTimeOn() const;

  // Parks a call until there is a stage for it; kNotFound at once where the worker is not registered. The ticket is
  // for Withdraw.
  CallTicket Acquire(LeaseCall call);
  // The same for a call that is to be answered with nothing soon (Dismiss) where there is no stage for it: it is
  // parked, and granted something with the next thing that happens.
  CallTicket Park(LeaseCall call);
  // Answers it with nothing, if it still waits.
  void Dismiss(CallTicket ticket);
  // The one call a worker; another one that waits is answered with nothing.
  CallTicket AwaitCancellations(CancellationCall call);
  // Its client has gone: nothing is granted to it any more.
  void Withdraw(CallTicket ticket);

  // What time brings: calls that have waited long enough, workers that are gone (returned, their leases are to be
  // ended), ageing, reasons why stages wait.
  std::vector<std::string> Tick();

  // Answers every waiting call, and later ones at once.
  void Stop();

  // For metrics.
  struct Load {
    size_t ready_stages = 0;
    size_t waiting_workers = 0;
    size_t alive_workers = 0;
  };
  Load load() const;

  std::set<std::string> SweepsOf(const std::string& stage) const;

 private:
  struct Recovered;  // what the store knows of live sweeps and stages
  static Status ReadLive(const StoreReader& reader, Recovered& recovered);

  // A stage on its way to a worker: out of the queue, its lease not stored yet.
  struct Grant {
    std::string placeholder;  // stands for the token in the registry
    CallTicket ticket = 0;
    ReadyStage stage;
    Requirement requirement;
    LeaseCall call;
  };

  std::vector<WorkerRoom> RoomsLocked(SteadyTime now) const;
  void AddRoomLocked(const WorkerRegistry::Entry& entry, std::vector<WorkerRoom>& rooms) const;
  std::vector<WorkerRoom> AskingRoomsLocked(SteadyTime now) const;
  void ParkLocked(CallTicket ticket, LeaseCall call);
  void Dispatch();
  std::vector<Grant> DecideLocked();
  void Start(Grant grant);
  void Finish(const Grant& grant, Result<GrantedLease> granted);
  bool SettleGrantLocked(const Grant& grant, const Result<GrantedLease>& granted);
  // A stage that may not run yet.
  struct Waiting {
    Requirement requirement;
    ReadyStage stage;
    SteadyTime due{};
  };

  WorkerView ViewLocked(const WorkerRegistry::Entry& entry) const;
  void PutReadyLocked(const Stage& stage, Duration after = Duration::zero());
  void PutLocked(Requirement requirement, ReadyStage stage, SteadyTime due);
  void RemoveLocked(const std::string& key);
  void SetPausedLocked(const std::string& sweep, bool paused);
  // Puts what has waited long enough among the ready ones.
  void ReadyDueLocked(SteadyTime now);
  void NoteEndLocked(const Effects& effects);
  WorkerRegistry::Running RunningLocked(const Stage& stage) const;
  void RebuildLocked(Recovered recovered);
  void DeliverCancellations(const std::string& worker);
  void RefreshReasons();

  Store* const store_;
  Clock* const clock_;
  LeaseTable* const leases_;
  LiveBoard* const board_;
  WatchHub* const hub_;
  const SchedulerRules rules_;

  mutable std::mutex mutex_;
  WorkerRegistry workers_;
  ReadyQueues ready_;
  std::map<std::string, Waiting> delayed_;  // by key: until their time comes
  std::map<std::string, Waiting> paused_;   // by key: until a sweep that needs them goes on
  Outlook outlook_;
  ParkedCalls<LeaseCall> lease_calls_;
  ParkedCalls<CancellationCall> cancellation_calls_;
  std::set<std::string> delivered_cancels_;     // tokens
  std::map<Requirement, std::string> reasons_;  // why queues wait
  bool reasons_stale_ = true;
  Machine machine_;  // of the worker that registered last
  CallTicket last_ticket_ = 0;
  uint64_t last_placeholder_ = 0;
  bool stopped_ = false;
};

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_DISPATCHER_H_
