#include "server/leases/lease_transactions.h"

#include <set>
#include <utility>

#include "base/id.h"
#include "server/domain/resource_name.h"

namespace winnow::server {
namespace {

constexpr char kGrantMethod[] = "AcquireLease";
constexpr size_t kTokenBytes = 16;

// What a grant's request record holds: the token, then the stage's key.
std::string GrantReply(const Lease& lease) { return lease.token + lease.stage; }

Status CheckMethod(const RequestRecord& earlier, const std::string& method) {
  if (earlier.method == method) return OkStatus();
  return InvalidArgument("request id " + earlier.request_id + " was used for " + earlier.method +
                         " before; make a new one for each call");
}

// The stage, if it is under this very lease.
Result<Stage> StageUnder(const StoreReader& reader, const Lease& lease) {
  WINNOW_ASSIGN_OR_RETURN(Stage stage, reader.GetStage(lease.stage));
  if (!IsUnderLease(stage.state) || stage.token != lease.token) return Err(LeaseLost());
  return stage;
}

Result<std::vector<LeaseParent>> ParentsOf(const StoreReader& reader, const Stage& stage) {
  std::vector<LeaseParent> parents;
  for (const std::string& key : stage.parents) {
    WINNOW_ASSIGN_OR_RETURN(const std::vector<StageArtifact> artifacts, reader.ArtifactsOfStage(key));
    parents.push_back({.key = key, .checkpoint = ""});
    for (const StageArtifact& artifact : artifacts) {
      if (artifact.role == kCheckpointRole) parents.back().checkpoint = artifact.digest;
    }
  }
  return parents;
}

Status CheckGrantable(const Stage& stage) {
  if (stage.state != StageState::kQueued) {
    return FailedPrecondition(StageName(stage.key) + " is " + std::string(StageStateName(stage.state)) +
                              ", not QUEUED: another worker has it, or it need not run");
  }
  if (stage.failed_attempts >= stage.max_attempts) {
    return FailedPrecondition(StageName(stage.key) + " has used up its " + std::to_string(stage.max_attempts) +
                              " attempts; submit its sweep again for new ones");
  }
  return OkStatus();
}

// A stage that has used up its attempts on several workers is poison: it takes one worker after the other. Whoever
// looks at it is told, and what retries whole sweeps leaves it out.
Status NoteQuarantine(const StoreReader& reader, const Attempt& last, Stage& stage) {
  if (stage.failed_attempts < stage.max_attempts) return OkStatus();  // it failed by a fault of its own
  WINNOW_ASSIGN_OR_RETURN_STATUS(const std::vector<Attempt> attempts, reader.ListAttempts(stage.key));
  std::set<std::string> workers = {last.worker};
  for (const Attempt& attempt : attempts) {
    if (attempt.state == AttemptState::kFailed || attempt.state == AttemptState::kLost) workers.insert(attempt.worker);
  }
  if (workers.size() < 2) return OkStatus();
  stage.reason = std::string(kQuarantined) + ": it failed on " + std::to_string(workers.size()) +
                 " workers, the last time with " + stage.reason;
  return OkStatus();
}

}  // namespace

Status LeaseLost() {
  return FailedPrecondition("the lease has expired or ended, or never was; stop the stage and report nothing",
                            kLeaseLost);
}

Lease LeaseOf(const Stage& stage) {
  return {.token = stage.token, .stage = stage.key, .worker = stage.worker, .attempt = stage.attempt};
}

Status GrantInStore(StoreWriter& writer, const std::string& key, const std::string& worker,
                    const std::string& request_id, WallTime now, GrantedLease& granted) {
  WINNOW_ASSIGN_OR_RETURN_STATUS(Stage stage, writer.GetStage(key));
  WINNOW_RETURN_IF_ERROR(CheckGrantable(stage));
  stage.state = StageState::kRunning;
  stage.reason.clear();
  stage.worker = worker;
  stage.token = RandomHex(kTokenBytes);
  ++stage.attempt;
  if (!stage.start_time) stage.start_time = now;
  WINNOW_RETURN_IF_ERROR(writer.UpdateStage(stage));
  Attempt attempt;
  attempt.stage = key;
  attempt.number = stage.attempt;
  attempt.worker = worker;
  attempt.token = stage.token;
  attempt.start_time = now;
  WINNOW_RETURN_IF_ERROR(writer.PutAttempt(attempt));
  if (stage.attempt > 1) {
    WINNOW_RETURN_IF_ERROR(writer.DropMeasurementsAfter(key, stage.resume ? stage.resume->epoch : 0));
  }
  WINNOW_ASSIGN_OR_RETURN_STATUS(granted.parents, ParentsOf(writer, stage));
  granted.lease = LeaseOf(stage);
  granted.stage = std::move(stage);
  if (request_id.empty()) return OkStatus();
  return writer.PutRequest({.request_id = request_id, .method = kGrantMethod, .reply = GrantReply(granted.lease)});
}

Result<std::optional<GrantedLease>> FindGranted(const StoreReader& reader, const std::string& request_id) {
  WINNOW_ASSIGN_OR_RETURN(const std::optional<RequestRecord> record, reader.FindRequest(request_id));
  if (!record) return std::optional<GrantedLease>();
  WINNOW_RETURN_ERR_IF_ERROR(CheckMethod(*record, kGrantMethod));
  Lease lease;
  lease.token = record->reply.substr(0, 2 * kTokenBytes);
  lease.stage = record->reply.substr(lease.token.size());
  GrantedLease granted;
  WINNOW_ASSIGN_OR_RETURN(granted.stage, StageUnder(reader, lease));
  granted.lease = LeaseOf(granted.stage);
  WINNOW_ASSIGN_OR_RETURN(granted.parents, ParentsOf(reader, granted.stage));
  return std::optional<GrantedLease>(std::move(granted));
}

Result<std::optional<RequestRecord>> FindEarlier(const StoreReader& reader,
                                                 const std::optional<RequestRecord>& request) {
  if (!request) return std::optional<RequestRecord>();
  WINNOW_ASSIGN_OR_RETURN(std::optional<RequestRecord> earlier, reader.FindRequest(request->request_id));
  if (earlier) WINNOW_RETURN_ERR_IF_ERROR(CheckMethod(*earlier, request->method));
  return earlier;
}

Status EndInStore(StoreWriter& writer, const AttemptEnd& end, const EndReport& report, WallTime now,
                  EndedLease& ended) {
  WINNOW_ASSIGN_OR_RETURN_STATUS(const Stage before, StageUnder(writer, ended.lease));
  WINNOW_ASSIGN_OR_RETURN_STATUS(std::optional<Attempt> attempt, writer.FindAttempt(before.key, before.attempt));
  if (!attempt)
    return Internal("attempt " + std::to_string(before.attempt) + " of " + StageName(before.key) +
                    " is not in the database");
  Stage after = before;
  ApplyEnd(end, now, after, *attempt);
  if (after.state == StageState::kFailed) WINNOW_RETURN_IF_ERROR(NoteQuarantine(writer, *attempt, after));
  WINNOW_RETURN_IF_ERROR(writer.PutMeasurements(before.key, report.measurements));
  WINNOW_ASSIGN_OR_RETURN_STATUS(ended.unused_artifacts, StoreEnd(writer, end, before, after, *attempt));
  if (report.request) WINNOW_RETURN_IF_ERROR(writer.PutRequest(*report.request));
  if (const auto* const success = std::get_if<AttemptSuccess>(&end);
      success != nullptr && !success->artifacts.empty()) {
    WINNOW_ASSIGN_OR_RETURN_STATUS(after.artifacts, writer.ArtifactsOfStage(after.key));
  }
  ended.stage = std::move(after);
  return OkStatus();
}

RefusedReport RefusalOf(const AttemptEnd& end, const RequestRecord& request, const std::string& token, WallTime now) {
  constexpr const char* kOutcomes[] = {"success", "failure", "given back", "cancelled",
                                       "lost"};  // in the order of AttemptEnd
  return {.time = now,
          .request_id = request.request_id,
          .token = token,
          .worker = request.reply,
          .outcome = kOutcomes[end.index()]};
}

Result<std::vector<std::string>> ReportInStore(StoreWriter& writer, const Lease& lease, const ProgressReport& report) {
  WINNOW_ASSIGN_OR_RETURN(Stage stage, StageUnder(writer, lease));
  WINNOW_RETURN_ERR_IF_ERROR(writer.PutMeasurements(stage.key, report.measurements));
  if (!report.resume) return std::vector<std::string>();
  const std::optional<ResumePoint> before = stage.resume;
  stage.resume = report.resume;
  WINNOW_RETURN_ERR_IF_ERROR(writer.UpdateStage(stage));
  return ForgetSuperseded(writer, before, stage.resume);
}

Status RunFollowUp(StoreWriter& writer, const LeaseOptions& options, const Lease& lease, Stage& stage,
                   FollowUp& follow_up) {
  if (!options.follow_up) return OkStatus();
  WINNOW_ASSIGN_OR_RETURN_STATUS(follow_up, options.follow_up(writer, stage, lease));
  if (stage.state != StageState::kCancelled) return OkStatus();
  WINNOW_ASSIGN_OR_RETURN_STATUS(stage, writer.GetStage(stage.key));  // which it may have queued again
  return OkStatus();
}

}  // namespace winnow::server
