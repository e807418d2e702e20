#include "server/leases/lease_transactions.h"

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
    WINNOW_ASSIGN_OR_RETURN(const Stage parent, reader.GetStage(key));
    parents.push_back({.key = key, .checkpoint = ""});
    for (const StageArtifact& artifact : parent.artifacts) {
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
  attempt.start_time = now;
  WINNOW_RETURN_IF_ERROR(writer.PutAttempt(attempt));
  WINNOW_RETURN_IF_ERROR(writer.DropMeasurementsAfter(key, stage.resume ? stage.resume->epoch : 0));
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
  WINNOW_RETURN_IF_ERROR(writer.PutMeasurements(before.key, report.measurements));
  WINNOW_ASSIGN_OR_RETURN_STATUS(ended.unused_artifacts, StoreEnd(writer, end, before, after, *attempt));
  if (report.request) WINNOW_RETURN_IF_ERROR(writer.PutRequest(*report.request));
  WINNOW_ASSIGN_OR_RETURN_STATUS(ended.stage, writer.GetStage(before.key));
  return OkStatus();
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

Result<std::function<void()>> RunFollowUp(StoreWriter& writer, const LeaseOptions& options, Stage& stage) {
  if (!options.follow_up) return std::function<void()>();
  WINNOW_ASSIGN_OR_RETURN(std::function<void()> after_commit, options.follow_up(writer, stage));
  WINNOW_ASSIGN_OR_RETURN(stage, writer.GetStage(stage.key));
  return after_commit;
}

}  // namespace winnow::server
