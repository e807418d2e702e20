#include "server/coordinator/sweep_changes.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "server/coordinator/graph_walk.h"
#include "server/coordinator/store_graph.h"
#include "server/domain/resource_name.h"
#include "spec/nearest_name.h"
#include "spec/parse.h"

namespace winnow::server {
namespace {

constexpr char kCreateSweep[] = "CreateSweep";
constexpr char kCancelSweep[] = "CancelSweep";
constexpr char kPauseSweep[] = "PauseSweep";
constexpr char kResumeSweep[] = "ResumeSweep";
constexpr char kStopSweep[] = "StopSweep";
constexpr char kRetrySweep[] = "RetrySweep";
constexpr size_t kMaxSpecBytes = size_t{1} << 20;
constexpr size_t kMaxIdLength = 63;

std::string NumberedId(const std::string& name, int64_t number) {
  if (number == 1) return name;
  const std::string suffix = "-" + std::to_string(number);
  return name.substr(0, kMaxIdLength - suffix.size()) + suffix;
}

// The first of name, name-2, name-3, ... that is free. Sweeps are never removed, so the taken numbers have no gap
// worth looking for.
Result<int64_t> FreeNumber(const StoreReader& reader, const std::string& name) {
  const auto is_taken = [&](int64_t number) -> Result<bool> {
    WINNOW_ASSIGN_OR_RETURN(const std::optional<Sweep> sweep, reader.FindSweep(NumberedId(name, number)));
    return sweep.has_value();
  };
  int64_t taken = 0;
  int64_t free = 1;
  while (true) {
    WINNOW_ASSIGN_OR_RETURN(const bool is, is_taken(free));
    if (!is) break;
    taken = free;
    free *= 2;
  }
  while (free - taken > 1) {
    const int64_t middle = taken + (free - taken) / 2;
    WINNOW_ASSIGN_OR_RETURN(const bool is, is_taken(middle));
    (is ? taken : free) = middle;
  }
  return free;
}

Result<SweepComparison> Compare(const StoreReader& reader, const std::string& earlier, const StageGraph& graph) {
  std::map<std::string, Trial> known;
  WINNOW_RETURN_ERR_IF_ERROR(reader.ForEachTrial(earlier, [&](Trial trial) {
    std::string id = trial.id;
    known.emplace(std::move(id), std::move(trial));
    return OkStatus();
  }));
  SweepComparison comparison;
  comparison.earlier = earlier;
  for (const PlannedTrial& planned : graph.trials) {
    const auto it = known.find(planned.id);
    if (it == known.end()) {
      comparison.added.push_back(planned.id);
    } else if (it->second.net != planned.net || it->second.evaluate != planned.evaluate) {
      comparison.conflicting.push_back(planned.id);
    } else if (it->second.state == TrialState::kSucceeded) {
      comparison.reused.push_back(planned.id);
    } else {
      comparison.unfinished.push_back(planned.id);
    }
  }
  return comparison;
}

Status CheckPretrained(const StoreReader& reader, const spec::SweepSpec& spec) {
  if (!spec.model.pretrained) return OkStatus();
  const std::string& digest = spec.model.pretrained->sha256;
  WINNOW_ASSIGN_OR_RETURN_STATUS(const std::optional<Artifact> artifact, reader.FindArtifact(digest));
  if (artifact) return OkStatus();
  return FailedPrecondition(
      "/model/pretrained/sha256: " + ArtifactName(digest) +
          " is not on this coordinator; upload it first (winnow submit does where the spec names a path)",
      kArtifactMissing);
}

Sweep NewSweep(const Submission& submission, std::string id, WallTime now) {
  Sweep sweep;
  sweep.id = std::move(id);
  sweep.description = submission.spec.description;
  sweep.user = submission.user;
  sweep.priority = submission.spec.priority;
  sweep.create_time = now;
  sweep.trial_count = static_cast<int>(submission.graph.trials.size());
  sweep.stage_total = static_cast<int>(submission.graph.stages.size());
  sweep.stage_unshared = static_cast<int>(submission.graph.stages_alone);
  if (submission.spec.benchmark.enabled) {
    sweep.fingerprint = submission.machine.fingerprint;
    sweep.fingerprint_json = submission.machine.fingerprint_json;
    sweep.awaits_fingerprint = sweep.fingerprint.empty();
  }
  return sweep;
}

// Stops what only this sweep needs; with `spare_running` what runs goes on.
Status CancelStages(StoreWriter& writer, const Sweep& sweep, bool spare_running, WallTime now, GraphWalk& walk,
                    Effects& effects) {
  std::vector<Stage> live;
  WINNOW_RETURN_IF_ERROR(writer.ForEachChangedStage(sweep.id, 0, [&](Stage stage) {
    if (!IsTerminal(stage.state)) live.push_back(std::move(stage));
    return OkStatus();
  }));
  for (Stage& stage : live) {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const bool needed, walk.IsNeeded(stage.key, sweep.id));
    if (needed || stage.state == StageState::kCancelling) continue;
    if (spare_running && stage.state == StageState::kRunning) continue;
    stage.reason = SweepName(sweep.id) + (spare_running ? " was stopped" : " was cancelled");
    if (stage.state == StageState::kRunning) {
      stage.state = StageState::kCancelling;
      effects.cancelling.push_back(stage.key);
    } else {
      if (stage.state == StageState::kQueued) effects.dequeued.push_back(stage.key);
      stage.state = StageState::kCancelled;
      stage.end_time = now;
    }
    WINNOW_RETURN_IF_ERROR(writer.UpdateStage(stage));
    WINNOW_RETURN_IF_ERROR(walk.Follow(stage));
  }
  return OkStatus();
}

Status CancelTrials(StoreWriter& writer, const Sweep& sweep) {
  std::vector<Trial> live;
  WINNOW_RETURN_IF_ERROR(writer.ForEachTrial(sweep.id, [&](Trial trial) {
    if (!IsTerminal(trial.state)) live.push_back(std::move(trial));
    return OkStatus();
  }));
  for (Trial& trial : live) {
    trial.state = TrialState::kCancelled;
    trial.reason = sweep.reason;
    WINNOW_RETURN_IF_ERROR(writer.PutTrial(trial));
  }
  return OkStatus();
}

Result<ReplannedSweep> PlanBenchmarksOf(StoreWriter& writer, Sweep sweep, const Machine& machine, GraphWalk& walk) {
  WINNOW_ASSIGN_OR_RETURN(const std::optional<std::string> text, writer.FindSweepSpec(sweep.id));
  const auto spec = spec::ParseSweepSpec(text.value_or(""));
  if (!spec) {  // it was parsed when it was submitted
    return Err(Internal("the stored spec of " + SweepName(sweep.id) +
                        " cannot be read: " + spec::ToStatus(spec.error()).message()));
  }
  const StageGraph graph = PlanSweep(*spec, machine.fingerprint);
  sweep.fingerprint = machine.fingerprint;
  sweep.fingerprint_json = machine.fingerprint_json;
  sweep.awaits_fingerprint = false;
  sweep.stage_total = static_cast<int>(graph.stages.size());
  sweep.stage_unshared = static_cast<int>(graph.stages_alone);
  WINNOW_ASSIGN_OR_RETURN(const int reused, StoreGraph(writer, sweep.id, graph, machine.fingerprint, walk));
  sweep.stage_reused += reused;
  WINNOW_RETURN_ERR_IF_ERROR(writer.UpdateSweep(sweep));
  return ReplannedSweep{std::move(sweep), NodesOf(graph)};
}

// The same, and the request was about the sweep `id`.
Result<std::optional<std::string>> FindReplyFor(const StoreReader& reader, const std::string& request_id,
                                                const std::string& method, const std::string& id) {
  WINNOW_ASSIGN_OR_RETURN(const std::optional<std::string> reply, FindReply(reader, request_id, method));
  if (!reply || *reply == id) return reply;
  return Err(InvalidArgument("request_id " + request_id + " was used for " + method + " of " + SweepName(*reply) +
                             "; a new request needs an id of its own"));
}

Status UnknownTestTrial(const StageGraph& graph) {
  std::vector<std::string> ids;
  for (const PlannedTrial& trial : graph.trials) {
    if (!trial.parameters.test) ids.push_back(trial.id);
  }
  const std::string& id = graph.unknown_test_trials.front();
  return InvalidArgument("/test_trials: expected trials of the sweep, found \"" + id + "\"; " +
                         spec::SuggestNames(id, ids));
}

// The stages of a sweep that are to run again, parents before children, and all nodes of its graph.
Result<std::vector<Stage>> StagesToRetry(const StoreReader& reader, const std::string& sweep, RetryScope scope,
                                         std::vector<GraphNode>& nodes) {
  std::vector<Stage> all;
  WINNOW_RETURN_ERR_IF_ERROR(reader.ForEachChangedStage(sweep, 0, [&](Stage stage) {
    nodes.push_back({stage.key, stage.parents, static_cast<int64_t>(nodes.size())});
    all.push_back(std::move(stage));
    return OkStatus();
  }));
  const auto is_wanted = [&](const Stage& stage) {
    if (scope == RetryScope::kMissing) return true;
    // The reason of what failed with a quarantined stage names it.
    return stage.state == StageState::kFailed && stage.reason.find(kQuarantined) == std::string::npos;
  };
  // From the end of the graph, so that what a wanted stage needs is wanted too.
  std::set<std::string> wanted;
  for (auto stage = all.rbegin(); stage != all.rend(); ++stage) {
    if (!IsTerminal(stage->state) || stage->state == StageState::kSucceeded) continue;
    if (!is_wanted(*stage) && !wanted.contains(stage->key)) continue;
    wanted.insert(stage->key);
    wanted.insert(stage->parents.begin(), stage->parents.end());
  }
  std::erase_if(all, [&](const Stage& stage) {
    return !wanted.contains(stage.key) || !IsTerminal(stage.state) || stage.state == StageState::kSucceeded;
  });
  return all;
}

}  // namespace

Result<std::optional<std::string>> FindReply(const StoreReader& reader, const std::string& request_id,
                                             const std::string& method) {
  WINNOW_ASSIGN_OR_RETURN(const std::optional<RequestRecord> record, reader.FindRequest(request_id));
  if (!record) return std::nullopt;
  if (record->method != method) {
    return Err(InvalidArgument("request_id " + request_id + " was used for " + record->method +
                               " before; make a new one for each request"));
  }
  return record->reply;
}

Result<Submission> PrepareSubmission(std::string request_id, std::string user, std::string spec_json, Machine machine) {
  if (spec_json.size() > kMaxSpecBytes) {
    return Err(
        InvalidArgument("the spec has " + std::to_string(spec_json.size()) + " bytes; at most 1 MiB is allowed"));
  }
  auto spec = spec::ParseSweepSpec(spec_json);
  if (!spec) return Err(spec::ToStatus(spec.error()));
  WINNOW_RETURN_ERR_IF_ERROR(spec::CheckSubmittable(*spec));
  StageGraph graph = PlanSweep(*spec, machine.fingerprint);
  if (!graph.unknown_test_trials.empty()) return Err(UnknownTestTrial(graph));
  return Submission{std::move(request_id), std::move(user),    std::move(spec_json),
                    *std::move(spec),      std::move(machine), std::move(graph)};
}

Result<SubmittedSweep> StoreSubmission(StoreWriter& writer, const Submission& submission, WallTime now,
                                       Effects& effects) {
  WINNOW_ASSIGN_OR_RETURN(const std::optional<std::string> reply,
                          FindReply(writer, submission.request_id, kCreateSweep));
  if (reply) {
    WINNOW_ASSIGN_OR_RETURN(Sweep sweep, writer.GetSweep(*reply));
    return SubmittedSweep{std::move(sweep), std::nullopt, true};
  }
  WINNOW_RETURN_ERR_IF_ERROR(CheckPretrained(writer, submission.spec));
  WINNOW_ASSIGN_OR_RETURN(const int64_t number, FreeNumber(writer, submission.spec.name));
  std::string id = NumberedId(submission.spec.name, number);
  std::optional<SweepComparison> comparison;
  if (number > 1) {
    WINNOW_ASSIGN_OR_RETURN(comparison,
                            Compare(writer, NumberedId(submission.spec.name, number - 1), submission.graph));
  }
  Sweep sweep = NewSweep(submission, std::move(id), now);
  WINNOW_RETURN_ERR_IF_ERROR(writer.CreateSweep(sweep, submission.spec_json));
  GraphWalk walk(&writer, now, &effects);
  WINNOW_ASSIGN_OR_RETURN(sweep.stage_reused,
                          StoreGraph(writer, sweep.id, submission.graph, submission.machine.fingerprint, walk));
  WINNOW_RETURN_ERR_IF_ERROR(writer.UpdateSweep(sweep));
  WINNOW_RETURN_ERR_IF_ERROR(walk.Settle());
  WINNOW_RETURN_ERR_IF_ERROR(writer.PutRequest({submission.request_id, kCreateSweep, sweep.id}));
  WINNOW_ASSIGN_OR_RETURN(sweep, writer.GetSweep(sweep.id));
  return SubmittedSweep{std::move(sweep), std::move(comparison), false};
}

Result<Sweep> StoreCancel(StoreWriter& writer, const std::string& request_id, const std::string& id, WallTime now,
                          Effects& effects) {
  WINNOW_ASSIGN_OR_RETURN(const std::optional<std::string> reply, FindReply(writer, request_id, kCancelSweep));
  if (reply && *reply != id) {
    return Err(InvalidArgument("request_id " + request_id + " was used to cancel " + SweepName(*reply) +
                               "; a new request needs an id of its own"));
  }
  WINNOW_ASSIGN_OR_RETURN(Sweep sweep, writer.GetSweep(id));
  if (reply || sweep.state != SweepState::kRunning) return sweep;
  sweep.state = SweepState::kCancelling;
  sweep.reason = "cancelled by a user";
  WINNOW_RETURN_ERR_IF_ERROR(writer.UpdateSweep(sweep));
  GraphWalk walk(&writer, now, &effects);
  WINNOW_RETURN_ERR_IF_ERROR(CancelStages(writer, sweep, /*spare_running=*/false, now, walk, effects));
  WINNOW_RETURN_ERR_IF_ERROR(CancelTrials(writer, sweep));
  walk.FollowSweep(id);
  WINNOW_RETURN_ERR_IF_ERROR(walk.Settle());
  WINNOW_RETURN_ERR_IF_ERROR(writer.PutRequest({request_id, kCancelSweep, id}));
  return writer.GetSweep(id);
}

Result<Sweep> StorePause(StoreWriter& writer, const std::string& request_id, const std::string& id, bool pause,
                         Effects& effects) {
  const char* const method = pause ? kPauseSweep : kResumeSweep;
  WINNOW_ASSIGN_OR_RETURN(const std::optional<std::string> reply, FindReplyFor(writer, request_id, method, id));
  WINNOW_ASSIGN_OR_RETURN(Sweep sweep, writer.GetSweep(id));
  if (reply) return sweep;
  if (sweep.state != SweepState::kRunning || sweep.hold == SweepHold::kStopping) {
    return Err(FailedPrecondition(
        SweepName(id) + " is " +
        (sweep.state == SweepState::kRunning ? "being stopped" : std::string(SweepStateName(sweep.state))) +
        "; only a running sweep can be paused or resumed"));
  }
  sweep.hold = pause ? SweepHold::kPaused : SweepHold::kNone;
  WINNOW_RETURN_ERR_IF_ERROR(writer.UpdateSweep(sweep));
  WINNOW_RETURN_ERR_IF_ERROR(writer.PutRequest({request_id, method, id}));
  effects.sweep_pause = std::pair(id, pause);
  effects.changed_sweeps.insert(id);
  return writer.GetSweep(id);
}

Result<Sweep> StoreStop(StoreWriter& writer, const std::string& request_id, const std::string& id, WallTime now,
                        Effects& effects) {
  WINNOW_ASSIGN_OR_RETURN(const std::optional<std::string> reply, FindReplyFor(writer, request_id, kStopSweep, id));
  WINNOW_ASSIGN_OR_RETURN(Sweep sweep, writer.GetSweep(id));
  if (reply || sweep.state != SweepState::kRunning || sweep.hold == SweepHold::kStopping) return sweep;
  sweep.hold = SweepHold::kStopping;
  WINNOW_RETURN_ERR_IF_ERROR(writer.UpdateSweep(sweep));
  GraphWalk walk(&writer, now, &effects);
  WINNOW_RETURN_ERR_IF_ERROR(CancelStages(writer, sweep, /*spare_running=*/true, now, walk, effects));
  walk.FollowSweep(id);
  WINNOW_RETURN_ERR_IF_ERROR(walk.Settle());
  WINNOW_RETURN_ERR_IF_ERROR(writer.PutRequest({request_id, kStopSweep, id}));
  return writer.GetSweep(id);
}

Result<RetriedSweep> StoreRetry(StoreWriter& writer, const std::string& request_id, const std::string& id,
                                RetryScope scope, WallTime now, Effects& effects) {
  WINNOW_ASSIGN_OR_RETURN(const std::optional<std::string> reply, FindReply(writer, request_id, kRetrySweep));
  RetriedSweep retried;
  WINNOW_ASSIGN_OR_RETURN(retried.sweep, writer.GetSweep(id));
  if (reply) {
    retried.stages = std::stoi(*reply);
    return retried;
  }
  Sweep& sweep = retried.sweep;
  if (sweep.state == SweepState::kCancelling || sweep.hold == SweepHold::kStopping) {
    return Err(FailedPrecondition(SweepName(id) + " is still being cancelled; retry it once it has ended"));
  }
  std::vector<Stage> stages;
  WINNOW_ASSIGN_OR_RETURN(stages, StagesToRetry(writer, id, scope, retried.nodes));
  retried.stages = static_cast<int>(stages.size());
  WINNOW_RETURN_ERR_IF_ERROR(writer.PutRequest({request_id, kRetrySweep, std::to_string(retried.stages)}));
  // Of a sweep that was cancelled others may have computed what was missing: then its trials have all results now.
  const bool may_be_whole =
      scope == RetryScope::kMissing && IsTerminal(sweep.state) && sweep.state != SweepState::kSucceeded;
  if (stages.empty() && !may_be_whole) return retried;
  sweep.state = SweepState::kRunning;
  sweep.hold = SweepHold::kNone;
  sweep.reason.clear();
  sweep.end_time.reset();
  WINNOW_RETURN_ERR_IF_ERROR(writer.UpdateSweep(sweep));
  GraphWalk walk(&writer, now, &effects);
  for (Stage& stage : stages) {  // parents before children
    WINNOW_ASSIGN_OR_RETURN(stage.state, StateByParents(writer, stage.parents));
    stage.reason.clear();
    stage.failed_attempts = 0;
    stage.end_time.reset();
    WINNOW_RETURN_ERR_IF_ERROR(writer.UpdateStage(stage));
    WINNOW_RETURN_ERR_IF_ERROR(walk.Follow(stage));
  }
  walk.FollowSweep(id);
  WINNOW_RETURN_ERR_IF_ERROR(walk.Settle());
  WINNOW_ASSIGN_OR_RETURN(sweep, writer.GetSweep(id));
  return retried;
}

Result<std::vector<ReplannedSweep>> StoreBenchmarks(StoreWriter& writer, const Machine& machine, WallTime now,
                                                    Effects& effects) {
  std::vector<Sweep> waiting;
  WINNOW_RETURN_ERR_IF_ERROR(writer.ForEachLiveSweep([&](Sweep sweep) {
    if (sweep.awaits_fingerprint && sweep.state == SweepState::kRunning) waiting.push_back(std::move(sweep));
    return OkStatus();
  }));
  std::vector<ReplannedSweep> replanned;
  if (waiting.empty()) return replanned;
  GraphWalk walk(&writer, now, &effects);
  for (Sweep& sweep : waiting) {
    WINNOW_ASSIGN_OR_RETURN(ReplannedSweep planned, PlanBenchmarksOf(writer, std::move(sweep), machine, walk));
    replanned.push_back(std::move(planned));
  }
  WINNOW_RETURN_ERR_IF_ERROR(walk.Settle());
  return replanned;
}

}  // namespace winnow::server
