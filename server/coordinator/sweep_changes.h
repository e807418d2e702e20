// The transactions by which users change sweeps. Each is a function over the store's writer and leaves in `effects`
// what memory has to follow.
//
// Threads    on the store's commit thread.
// Errors     besides those named: the store's.
#ifndef SERVER_COORDINATOR_SWEEP_CHANGES_H_
#define SERVER_COORDINATOR_SWEEP_CHANGES_H_

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "server/coordinator/effects.h"
#include "server/coordinator/outlook.h"
#include "server/planner/stage_graph.h"
#include "server/store/store_writer.h"
#include "spec/sweep_spec.h"

namespace winnow::server {

// The machine that sweeps are timed on: digest and text (JSON); empty while none is known.
struct Machine {
  std::string fingerprint;
  std::string fingerprint_json;
};

// A checked spec and what is made of it.
struct Submission {
  std::string request_id;
  std::string user;
  std::string spec_json;  // as it came
  spec::SweepSpec spec;
  Machine machine;
  StageGraph graph;
};

// What a submission shares with the last sweep whose spec had the same name. Trials are known by their ids.
struct SweepComparison {
  std::string earlier;                   // id of that sweep
  std::vector<std::string> reused;       // the same stages, all of which have succeeded
  std::vector<std::string> unfinished;   // the same stages, which have not
  std::vector<std::string> added;        // the id is new
  std::vector<std::string> conflicting;  // the id means other stages now

  friend bool operator==(const SweepComparison&, const SweepComparison&) = default;
};

// What became of it.
struct SubmittedSweep {
  Sweep sweep;
  std::optional<SweepComparison> comparison;  // none for a replay
  bool is_replay = false;  // made by an earlier call with the same request id; nothing was changed now
};

// Parses and plans; touches nothing.
//   kInvalidArgument     every fault of the spec, one a line with its JSON pointer; more than 1 MiB
//   kFailedPrecondition  the spec names a pretrained file that has not been uploaded
Result<Submission> PrepareSubmission(std::string request_id, std::string user, std::string spec_json, Machine machine);

// Stores sweep, trials, graph and the answer to `request_id`.
//   kInvalidArgument     the request id belongs to another method
//   kFailedPrecondition  reason ARTIFACT_MISSING: the pretrained artifact is not there
Result<SubmittedSweep> StoreSubmission(StoreWriter& writer, const Submission& submission, WallTime now,
                                       Effects& effects);

// Cancels a sweep and those of its stages that no other live sweep needs. One that has ended stays as it is.
// kNotFound: no such sweep.
Result<Sweep> StoreCancel(StoreWriter& writer, const std::string& request_id, const std::string& id, WallTime now,
                          Effects& effects);

// Pauses a RUNNING sweep, or lets it go on. kNotFound; kFailedPrecondition: it has ended, or is about to.
Result<Sweep> StorePause(StoreWriter& writer, const std::string& request_id, const std::string& id, bool pause,
                         Effects& effects);

// Cancels what waits of a sweep and lets what runs end; then it is CANCELLED. One that has ended stays as it is.
// kNotFound.
Result<Sweep> StoreStop(StoreWriter& writer, const std::string& request_id, const std::string& id, WallTime now,
                        Effects& effects);

enum class RetryScope { kFailed, kMissing };

struct RetriedSweep {
  Sweep sweep;
  int stages = 0;  // that are to run again
  std::vector<GraphNode> nodes;
};

// Queues again what has failed, but for quarantined stages and what failed with them (or, kMissing, all that has no
// result), with all its attempts, and makes the sweep RUNNING. kNotFound; kFailedPrecondition: a cancel is being
// carried out.
Result<RetriedSweep> StoreRetry(StoreWriter& writer, const std::string& request_id, const std::string& id,
                                RetryScope scope, WallTime now, Effects& effects);

// A sweep whose benchmarks have just been planned.
struct ReplannedSweep {
  Sweep sweep;
  std::vector<GraphNode> nodes;
};

// Plans the benchmarks of every sweep that waits for a machine to be timed on. A repeat finds none.
Result<std::vector<ReplannedSweep>> StoreBenchmarks(StoreWriter& writer, const Machine& machine, WallTime now,
                                                    Effects& effects);

// The reply kept for a request id; nullopt where it is new. kInvalidArgument: it belongs to another method.
Result<std::optional<std::string>> FindReply(const StoreReader& reader, const std::string& request_id,
                                             const std::string& method);

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_SWEEP_CHANGES_H_
