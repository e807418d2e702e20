#include "server/rpc/from_proto.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "base/id.h"
#include "base/json.h"
#include "base/sha256.h"
#include "server/domain/resource_name.h"

namespace winnow::server {
namespace {

constexpr size_t kMaxLogBytes = size_t{256} << 10;  // a report
constexpr size_t kMaxTextBytes = 64 << 10;          // a message or last lines, kept in the database
constexpr size_t kMaxNameBytes = 256;
constexpr size_t kMaxUserBytes = 63;
constexpr int kMaxMeasurements = 10000;

Status FieldError(const std::string& field, const std::string& what) { return InvalidArgument(field + ": " + what); }

Status CheckName(const std::string& field, const std::string& name) {
  if (!name.empty() && name.size() <= kMaxNameBytes) return OkStatus();
  return FieldError(field, "expected 1 to 256 bytes, got " + std::to_string(name.size()));
}

Status CheckFree(int threads, int64_t memory_bytes) {
  if (threads < 0) return FieldError("free_threads", "must not be negative");
  if (memory_bytes < 0) return FieldError("free_memory_bytes", "must not be negative");
  return OkStatus();
}

Result<spec::StageKind> KindFromProto(v1::StageKind kind, const std::string& field) {
  if (kind < v1::STAGE_KIND_TRAIN || kind > v1::STAGE_KIND_BENCHMARK) {
    return Err(FieldError(field, kind == v1::STAGE_KIND_UNSPECIFIED ? "must not be STAGE_KIND_UNSPECIFIED"
                                                                    : "is no stage kind of this API"));
  }
  return static_cast<spec::StageKind>(static_cast<int>(kind) - 1);
}

Result<std::vector<Measurement>> MeasurementsFromProto(
    const google::protobuf::RepeatedPtrField<v1::Measurement>& protos) {
  if (protos.size() > kMaxMeasurements) {
    return Err(FieldError("measurements", "at most 10000 a call, got " + std::to_string(protos.size())));
  }
  std::vector<Measurement> measurements;
  for (const v1::Measurement& proto : protos) {
    WINNOW_RETURN_ERR_IF_ERROR(CheckName("measurements.name", proto.name()));
    if (proto.step() < 0) return Err(FieldError("measurements.step", "must not be negative"));
    if (!std::isfinite(proto.value())) {
      return Err(FieldError("measurements.value", "of " + proto.name() + " is not a finite number"));
    }
    measurements.push_back({proto.name(), proto.step(), proto.value()});
  }
  return measurements;
}

Result<ResumePoint> ResumeFromProto(const v1::ResumePoint& proto) {
  WINNOW_ASSIGN_OR_RETURN(std::string digest, ParseArtifactName(proto.artifact()));
  if (proto.epoch() < 0) return Err(FieldError("resume.epoch", "must not be negative"));
  return ResumePoint{std::move(digest), proto.epoch()};
}

Result<LogBytes> LogFromProto(int64_t offset, const std::string& content) {
  if (offset < 0) return Err(FieldError("log_offset", "must not be negative"));
  if (content.size() > kMaxLogBytes) {
    return Err(FieldError("log_content", "at most 256 KiB a call, got " + std::to_string(content.size()) + " bytes"));
  }
  return LogBytes{offset, content};
}

bool ContinuesCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// The end of a long text, which says most, cut between two characters.
std::string Cut(const std::string& text) {
  if (text.size() <= kMaxTextBytes) return text;
  size_t begin = text.size() - kMaxTextBytes;
  while (begin < text.size() && ContinuesCharacter(text[begin])) ++begin;
  return "...\n" + text.substr(begin);
}

Result<AttemptOutcome> SuccessFromProto(const v1::StageSuccess& proto) {
  const Result<Json> result = ParseJson(proto.result_json());
  if (!result) return Err(FieldError("success.result_json", result.error().message()));
  if (!result->is_object()) return Err(FieldError("success.result_json", "expected a JSON object"));
  AttemptSuccess success{proto.result_json(), {}, proto.numerics_class()};
  for (const v1::StageArtifact& artifact : proto.artifacts()) {
    WINNOW_RETURN_ERR_IF_ERROR(CheckName("success.artifacts.role", artifact.role()));
    WINNOW_ASSIGN_OR_RETURN(std::string digest, ParseArtifactName(artifact.artifact()));
    success.artifacts.push_back({artifact.role(), std::move(digest)});
  }
  return success;
}

Result<AttemptOutcome> OutcomeFromProto(const v1::CompleteStageRequest& request) {
  switch (request.outcome_case()) {
    case v1::CompleteStageRequest::kSuccess:
      return SuccessFromProto(request.success());
    case v1::CompleteStageRequest::kFailure: {
      const v1::StageFailure& failure = request.failure();
      WINNOW_RETURN_ERR_IF_ERROR(CheckName("failure.code", failure.code()));
      return AttemptFailure{failure.code(), Cut(failure.message()), failure.retryable(), Cut(failure.last_lines())};
    }
    case v1::CompleteStageRequest::kGivenBack: {
      AttemptReturn back;
      if (request.given_back().has_resume()) {
        WINNOW_ASSIGN_OR_RETURN(back.resume, ResumeFromProto(request.given_back().resume()));
      }
      return back;
    }
    case v1::CompleteStageRequest::kCancelled:
      return AttemptCancelled{};
    case v1::CompleteStageRequest::OUTCOME_NOT_SET:
      break;
  }
  return Err(FieldError("outcome", "must be one of success, failure, given_back and cancelled"));
}

}  // namespace

Status CheckRequestId(const std::string& request_id) {
  if (IsUuid(request_id)) return OkStatus();
  return FieldError("request_id",
                    "expected a UUID that the client makes for each request, got \"" + request_id.substr(0, 64) + "\"");
}

Status CheckUser(const std::string& user) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-";
  if (user.size() <= kMaxUserBytes && user.find_first_not_of(kAllowed) == std::string::npos) return OkStatus();
  return FieldError("user", "expected at most 63 of a-z, A-Z, 0-9, '.', '_', '@' and '-', got \"" +
                                user.substr(0, kMaxUserBytes) + "\"");
}

Result<Duration> FromProto(const google::protobuf::Duration& proto, bool is_set, Duration fallback, Duration longest,
                           const std::string& field) {
  if (!is_set) return fallback;
  if (proto.seconds() < 0 || proto.nanos() < 0) return Err(FieldError(field, "must not be negative"));
  if (proto.seconds() >= 86400) return longest;
  const Duration duration = std::chrono::seconds(proto.seconds()) + std::chrono::nanoseconds(proto.nanos());
  return std::min(duration, longest);
}

Result<WorkerRecord> FromProto(const v1::Worker& proto) {
  WorkerRecord record;
  WINNOW_ASSIGN_OR_RETURN(record.id, ParseWorkerName(proto.name()));
  WINNOW_RETURN_ERR_IF_ERROR(CheckName("worker.instance", proto.instance()));
  WINNOW_RETURN_ERR_IF_ERROR(CheckName("worker.host_id", proto.host_id()));
  if (proto.threads() < 1) return Err(FieldError("worker.threads", "must be at least 1"));
  if (proto.memory_bytes() < 1) return Err(FieldError("worker.memory_bytes", "must be at least 1"));
  if (!proto.fingerprint().empty() && !IsSha256Hex(proto.fingerprint())) {
    return Err(FieldError("worker.fingerprint", "expected 64 lower-case hexadecimal digits"));
  }
  record.instance = proto.instance();
  record.host_id = proto.host_id();
  record.threads = proto.threads();
  record.memory_bytes = proto.memory_bytes();
  record.isa = proto.isa();
  record.numerics_class = proto.numerics_class();
  record.fingerprint = proto.fingerprint();
  record.fingerprint_json = proto.fingerprint_json();
  for (const v1::StageVersion& version : proto.stage_versions()) {
    WINNOW_ASSIGN_OR_RETURN(const spec::StageKind kind, KindFromProto(version.kind(), "worker.stage_versions.kind"));
    if (version.version() < 1) return Err(FieldError("worker.stage_versions.version", "must be at least 1"));
    record.stage_versions[kind] = version.version();
  }
  for (const v1::WorkerDataSet& data_set : proto.data_sets()) {
    WINNOW_RETURN_ERR_IF_ERROR(CheckName("worker.data_sets.name", data_set.name()));
    record.data_sets.push_back({data_set.name(), data_set.digest()});
  }
  record.labels.insert(proto.labels().begin(), proto.labels().end());
  return record;
}

Result<AcquireCommand> FromProto(const v1::AcquireLeaseRequest& request) {
  AcquireCommand command;
  WINNOW_RETURN_ERR_IF_ERROR(CheckRequestId(request.request_id()));
  WINNOW_ASSIGN_OR_RETURN(command.worker, ParseWorkerName(request.worker()));
  WINNOW_RETURN_ERR_IF_ERROR(CheckFree(request.free_threads(), request.free_memory_bytes()));
  WINNOW_ASSIGN_OR_RETURN(command.wait, FromProto(request.wait(), request.has_wait(), std::chrono::seconds(20),
                                                  std::chrono::seconds(60), "wait"));
  command.request_id = request.request_id();
  command.instance = request.instance();
  command.free_threads = request.free_threads();
  command.free_memory_bytes = request.free_memory_bytes();
  return command;
}

Result<ReportCommand> FromProto(const v1::ReportProgressRequest& request) {
  ReportCommand command;
  WINNOW_RETURN_ERR_IF_ERROR(CheckName("token", request.token()));
  command.token = request.token();
  WINNOW_ASSIGN_OR_RETURN(command.report.measurements, MeasurementsFromProto(request.measurements()));
  if (request.has_resume()) {
    WINNOW_ASSIGN_OR_RETURN(command.report.resume, ResumeFromProto(request.resume()));
  }
  WINNOW_ASSIGN_OR_RETURN(command.log, LogFromProto(request.log_offset(), request.log_content()));
  if (request.has_progress()) {
    const v1::StageProgress& progress = request.progress();
    command.progress = StageProgress{progress.done(), progress.total(), progress.unit(), Cut(progress.note())};
  }
  return command;
}

Result<CompleteCommand> FromProto(const v1::CompleteStageRequest& request) {
  CompleteCommand command;
  WINNOW_RETURN_ERR_IF_ERROR(CheckRequestId(request.request_id()));
  WINNOW_RETURN_ERR_IF_ERROR(CheckName("token", request.token()));
  WINNOW_RETURN_ERR_IF_ERROR(CheckFree(request.free_threads(), request.free_memory_bytes()));
  command.request_id = request.request_id();
  command.token = request.token();
  WINNOW_ASSIGN_OR_RETURN(command.outcome, OutcomeFromProto(request));
  WINNOW_ASSIGN_OR_RETURN(command.measurements, MeasurementsFromProto(request.measurements()));
  WINNOW_ASSIGN_OR_RETURN(command.log, LogFromProto(request.log_offset(), request.log_content()));
  command.acquire_next = request.acquire_next();
  command.free_threads = request.free_threads();
  command.free_memory_bytes = request.free_memory_bytes();
  return command;
}

Result<Artifact> FromProto(const v1::Artifact& proto) {
  Artifact artifact;
  WINNOW_ASSIGN_OR_RETURN(artifact.digest, ParseArtifactName(proto.name()));
  if (proto.size_bytes() < 0) return Err(FieldError("artifact.size_bytes", "must not be negative"));
  artifact.size_bytes = proto.size_bytes();
  return artifact;
}

}  // namespace winnow::server
