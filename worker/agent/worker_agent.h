// The agent of this machine: registers it, leases stages while it has room for them, runs each as an Attempt, and ends
// in good order.
//
// Threads of its own: one asks for leases, one waits for cancellations, two keep the leases, and one for each running
// stage.
#ifndef WORKER_AGENT_WORKER_AGENT_H_
#define WORKER_AGENT_WORKER_AGENT_H_

#include <condition_variable>
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/pause.h"
#include "base/result.h"
#include "client/lib/connection.h"
#include "worker/agent/attempt.h"
#include "worker/agent/executor_description.h"

namespace winnow::worker {

struct AgentOptions {
  client::ServerAddress server;
  std::string name;  // of the worker, without "workers/"
  std::vector<std::filesystem::path> data_roots;
  std::filesystem::path executor;
  Resources resources;
  std::filesystem::path work_folder;
  std::map<std::string, std::string> labels;
  Duration connect_patience = std::chrono::seconds(30);
  Duration shutdown_grace = std::chrono::seconds(30);  // for stages to save their state
  int64_t cache_bytes = int64_t{4} << 30;
};

// Threads    Shutdown() and Kill() from any thread; the rest from one.
// Ownership  borrows the clock.
class WorkerAgent {
 public:
  // Asks the executor what it can do, looks for data sets and makes the work folder; talks to nobody.
  // Errors: of DescribeExecutor(), WorkFolder::Open(), MakeChannel().
  static Result<std::unique_ptr<WorkerAgent>> Create(AgentOptions options, Clock* clock);
  ~WorkerAgent();

  // Works until Shutdown(). kUnavailable: could not register in time, or has lost its name to another worker.
  Status Run();

  // Stages save their state and are given back, the worker is unregistered, Run() returns. Never blocks.
  void Shutdown();
  // Kills every executor, now, and lets go of all leases.
  void Kill();

 private:
  struct StageThread {
    std::thread thread;
    bool ended = false;
  };

  WorkerAgent(AgentOptions options, ExecutorDescription description, DataPlaces data, WorkFolder work,
              std::unique_ptr<client::Connection> connection, std::string instance);
  static v1::Worker Description(const AgentOptions& options, const ExecutorDescription& description,
                                const DataPlaces& data, const std::string& instance);

  void AcquireLoop();
  // One request, repeated until it is answered, or until there is more room to offer.
  Result<v1::AcquireLeaseResponse> Ask(const std::string& request_id, const Resources& offered);
  void CancellationLoop();
  // The thread of a running stage, and of those whose leases come with its reports.
  void StageLoop(v1::Lease lease, Resources held, StageThread* self);
  std::optional<v1::Lease> RunAttempt(const v1::Lease& lease, const Attempt::NextOffer& offer);
  // With the lock held.
  void StartStage(v1::Lease lease, Resources held);
  void Release(const Resources& resources);
  void Drain();
  // Waits until `over()`, asked with the lock held, is true; false when `limit` was over before.
  template <typename Over>
  bool Await(Duration limit, Over over);
  void JoinStages();
  void Fail(const Status& status);

  const AgentOptions options_;
  Clock* const clock_;
  const DataPlaces data_;
  const WorkFolder work_;
  const std::unique_ptr<client::Connection> connection_;
  ArtifactCache cache_;
  client::Cancellation acquire_calls_;
  client::Cancellation await_calls_;
  client::Cancellation register_calls_;
  Registration registration_;
  LeaseKeeper keeper_;
  AttemptSurroundings surroundings_;
  Pause shutdown_pause_;  // woken by Shutdown() and by the end of a stage

  std::mutex mutex_;
  std::condition_variable room_;  // the pool has more, or it is time to stop
  ResourcePool pool_;
  bool asking_ = false;  // AcquireLoop has an open request
  bool stopping_ = false;
  Status failure_;
  std::list<Attempt*> attempts_;
  std::list<StageThread> stage_threads_;
};

}  // namespace winnow::worker

#endif  // WORKER_AGENT_WORKER_AGENT_H_
