// The coordinator: joins store, leases, planner, scheduler and artifacts. All changes of state go through it.
//
//   sweeps()     what users do with sweeps          workers()   what workers do
//   artifacts()  uploads, downloads, logs           watches()   streams of what changes
//   Read()       questions to the store (queries.h)
//
// How a change goes: a transaction on the store's commit thread reads and writes records (sweep_changes.h,
// graph_walk.h) and notes what memory has to follow (Effects); the dispatcher follows within the transaction, so that
// leases it grants join the same commit; after the commit the watchers follow, and the caller has its answer. What is
// answered is therefore durable. Where the commit fails, the dispatcher takes its memory up from the store anew.
//
// Threads    safe for concurrent use. Nothing blocks but Start; there is no lock over a call to another part. Threads
// of
//            its own: the I/O threads.
// Time       one timer of the clock's (Tick), 4 times a second or 10 times a lease ttl.
// Ownership  borrows store, artifacts, logs and clock. The end, in this order: Stop, Drain, the store's end (its last
//            callbacks use this object), this object's.
#ifndef SERVER_COORDINATOR_COORDINATOR_H_
#define SERVER_COORDINATOR_COORDINATOR_H_

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "server/coordinator/artifact_desk.h"
#include "server/coordinator/coordinator_parts.h"
#include "server/coordinator/sweep_desk.h"
#include "server/coordinator/worker_desk.h"

namespace winnow::server {

struct CoordinatorOptions {
  Duration lease_ttl = std::chrono::seconds(15);
  SchedulerRules rules;
  int io_threads = 4;
};

class Coordinator {
 public:
  Coordinator(Store* store, ArtifactStore* artifacts, AttemptLogs* logs, Clock* clock, CoordinatorOptions options);
  ~Coordinator();
  Coordinator(const Coordinator&) = delete;
  Coordinator& operator=(const Coordinator&) = delete;

  // Takes up what the store knows: queues, and leases, which all get now + ttl. Once, first; blocks.
  Status Start();

  // Answers every waiting call and ends every stream; later ones end at once. Running calls go on. Idempotent.
  void Stop();
  // Finishes what the I/O threads have been given, and ends them. After Stop. Idempotent.
  void Drain() { io_.Stop(); }

  SweepDesk& sweeps() { return sweeps_; }
  WorkerDesk& workers() { return workers_; }
  ArtifactDesk& artifacts() { return artifacts_; }
  WatchHub& watches() { return hub_; }
  LogFollowers& log_followers() { return followers_; }

  template <typename T>
  void Read(std::function<Result<T>(const StoreReader&)> question, Done<T> done) {
    ReadStore<T>(parts_, std::move(question), std::move(done));
  }
  // As users see it, with what the store does not know.
  StageView View(Stage stage) const { return board_.View(std::move(stage)); }

  bool is_stopping() const { return stopped_; }
  Duration lease_ttl() const { return options_.lease_ttl; }
  WallTime start_time() const { return start_time_; }
  // Changes with every start.
  const std::string& instance() const { return instance_; }
  WallTime Now() const { return parts_.clock->WallNow(); }
  int64_t revision() const { return parts_.store->revision(); }
  StoreHealth store_health() const { return parts_.store->health(); }

  // For metrics, as of now.
  struct Figures {
    Dispatcher::Load load;
    StoreCounters store;
    size_t leases = 0;
    size_t watchers = 0;
  };
  Figures figures() const;

 private:
  void Tick();
  void ScheduleTick();
  Result<FollowUp> FollowLease(StoreWriter& writer, const Stage& stage, const Lease& lease);

  const CoordinatorOptions options_;
  const std::string instance_;
  const WallTime start_time_;
  LiveBoard board_;
  LogFollowers followers_;
  IoThreads io_;
  WatchHub hub_;
  LeaseTable leases_;
  Dispatcher dispatcher_;
  ArtifactTrash trash_;
  CoordinatorParts parts_;
  SweepDesk sweeps_;
  WorkerDesk workers_;
  ArtifactDesk artifacts_;

  std::mutex tick_mutex_;
  Clock::TimerId tick_ = 0;
  std::atomic<bool> stopped_{false};
};

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_COORDINATOR_H_
