// One lease from its receipt to the end of its report: brings the inputs here, runs the executor, forwards what it
// says, uploads what it made, and completes the stage.
#ifndef WORKER_AGENT_ATTEMPT_H_
#define WORKER_AGENT_ATTEMPT_H_

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "client/lib/connection.h"
#include "worker/agent/artifact_cache.h"
#include "worker/agent/attempt_end.h"
#include "worker/agent/attempt_record.h"
#include "worker/agent/data_places.h"
#include "worker/agent/lease_keeper.h"
#include "worker/agent/reporter.h"
#include "worker/agent/request_file.h"
#include "worker/agent/resource_pool.h"
#include "worker/agent/stage_process.h"
#include "worker/agent/work_folder.h"

namespace winnow::worker {

// What all attempts of an agent share. Borrowed, and outlives them.
struct AttemptSurroundings {
  client::Connection* connection = nullptr;
  LeaseKeeper* keeper = nullptr;
  ArtifactCache* cache = nullptr;
  const DataPlaces* data = nullptr;
  const WorkFolder* work = nullptr;
  std::filesystem::path executor;
  std::function<void()> executor_ended;  // called when an executor has ended; must not block
};

// Threads    Run() from one thread, once; the three ways to stop it from any thread while the object lives.
class Attempt {
 public:
  // What a lease that comes with the answer to the report may use; none: do not ask for one.
  using NextOffer = std::function<std::optional<Resources>()>;

  Attempt(const AttemptSurroundings& surroundings, v1::Lease lease);
  ~Attempt();

  // Blocks until all is reported, however long the coordinator is away, or the lease is lost or abandoned. Returns the
  // next lease if one came. Everything on this machine has been tidied up then.
  std::optional<v1::Lease> Run(const NextOffer& offer);

  // kShutdown asks the executor to save its state (SIGTERM); any other cause kills it. Never blocks.
  void Stop(StopCause cause);
  // The time to save the state is over: kills the executor. The attempt is given back as it is.
  void KillForShutdown();
  // Ends its calls too: the attempt stays unreported.
  void Abandon();

  // Whether its executor runs.
  bool executing() const;
  const std::string& label() const { return lease_.stage().label(); }

 private:
  // Makes inputs and request file. The error's attempt has failed before it began.
  Status Prepare();
  Status Fetch(const std::string& artifact, const std::filesystem::path& to);
  // Runs the executor to its end.
  AttemptEnd Execute();
  Status StartProcess();
  void TakeEventLine(std::string_view line);
  void WatchMemory(uint64_t resident_bytes);

  // Reports `end`.
  std::optional<v1::Lease> Report(AttemptEnd end, const NextOffer& offer);
  Status UploadArtifacts(v1::StageSuccess& success);
  std::optional<v1::CompleteStageRequest> MakeCompletion(AttemptEnd& end);
  void FillFailure(const AttemptEnd& end, v1::CompleteStageRequest& request) const;
  Result<v1::CompleteStageResponse> Complete(v1::CompleteStageRequest& request);
  StopCause cause() const;

  const AttemptSurroundings around_;
  const v1::Lease lease_;
  client::Cancellation prepare_calls_;  // ended by any stop
  client::Cancellation report_calls_;   // of the reporter's thread
  client::Cancellation final_calls_;    // like those, ended when the lease is lost
  std::filesystem::path folder_, output_;
  InputFiles inputs_;
  AttemptRecord record_;
  std::unique_ptr<Reporter> reporter_;

  mutable std::mutex mutex_;
  StopCause cause_ = StopCause::kNone;
  std::string fault_;
  uint64_t used_bytes_ = 0;
  std::unique_ptr<StageProcess> process_;
};

}  // namespace winnow::worker

#endif  // WORKER_AGENT_ATTEMPT_H_
