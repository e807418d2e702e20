// How an Attempt reports its end.
#include <utility>

#include "base/failpoint.h"
#include "base/id.h"
#include "base/logging.h"
#include "client/lib/artifact_client.h"
#include "client/lib/worker_client.h"
#include "worker/agent/attempt.h"
#include "worker/agent/call_limit.h"

namespace winnow::worker {
namespace {

constexpr int kLastLines = 40;

const char* Outcome(AttemptEnd::Kind kind) {
  switch (kind) {
    case AttemptEnd::Kind::kSuccess:
      return "succeeded";
    case AttemptEnd::Kind::kFailure:
      return "failed";
    case AttemptEnd::Kind::kGivenBack:
      return "given back";
    case AttemptEnd::Kind::kCancelled:
      return "cancelled";
    case AttemptEnd::Kind::kDropped:
      return "dropped, its lease is lost";
  }
  return "";
}

}  // namespace

std::optional<v1::Lease> Attempt::Report(AttemptEnd end, const NextOffer& offer) {
  if (end.kind == AttemptEnd::Kind::kDropped) Abandon();
  if (end.kind == AttemptEnd::Kind::kSuccess) reporter_->DropResumePoint();
  reporter_->Finish();
  std::optional<v1::Lease> next;
  if (end.kind != AttemptEnd::Kind::kDropped) {
    if (std::optional<v1::CompleteStageRequest> request = MakeCompletion(end)) {
      if (const std::optional<Resources> resources = offer()) {
        request->set_acquire_next(true);
        request->set_free_threads(resources->threads);
        request->set_free_memory_bytes(resources->memory_bytes);
      }
      Result<v1::CompleteStageResponse> response = Complete(*request);
      if (response && response->has_next_lease()) next = std::move(*response->mutable_next_lease());
      if (!response) end.message += (end.message.empty() ? "" : "; ") + response.error().message();
    }
  }
  around_.keeper->Remove(lease_.token());
  spdlog::info("{}, attempt {}: {}{}{}", label(), lease_.attempt(), Outcome(end.kind), end.message.empty() ? "" : ": ",
               end.message);
  return next;
}

Status Attempt::UploadArtifacts(v1::StageSuccess& success) {
  client::ArtifactClient artifacts(around_.connection, {kCallLimit, Duration::max(), &final_calls_});
  for (const ArtifactLine& artifact : record_.artifacts()) {
    WINNOW_FAILPOINT("worker.before_upload");
    const Result<v1::Artifact> uploaded = artifacts.Upload(output_ / artifact.path);
    WINNOW_FAILPOINT("worker.after_upload");
    if (!uploaded) return uploaded.error().WithContext("artifact " + artifact.name);
    v1::StageArtifact* const linked = success.add_artifacts();
    linked->set_role(artifact.name);
    linked->set_artifact(uploaded->name());
    if (artifact.name == "checkpoint") around_.cache->Keep(uploaded->name(), output_ / artifact.path);
  }
  return OkStatus();
}

std::optional<v1::CompleteStageRequest> Attempt::MakeCompletion(AttemptEnd& end) {
  v1::CompleteStageRequest request;
  request.set_request_id(NewUuid());
  request.set_token(lease_.token());
  if (!reporter_->Flush().ok()) return std::nullopt;  // the lease is lost, or all is abandoned
  if (end.kind == AttemptEnd::Kind::kSuccess) {
    v1::StageSuccess success;
    if (const Status uploaded = UploadArtifacts(success); !uploaded.ok()) {
      if (uploaded.code() == StatusCode::kCancelled) return std::nullopt;
      end = FailureOf(uploaded, true);
    } else {
      success.set_result_json(record_.result()->values_json);
      success.set_numerics_class(record_.numerics_class());
      *request.mutable_success() = std::move(success);
    }
  }
  switch (end.kind) {
    case AttemptEnd::Kind::kFailure:
      FillFailure(end, request);
      break;
    case AttemptEnd::Kind::kGivenBack:
      if (const auto resume = reporter_->last_resume_point()) {
        *request.mutable_given_back()->mutable_resume() = *resume;
      } else {
        request.mutable_given_back();
      }
      break;
    case AttemptEnd::Kind::kCancelled:
      request.mutable_cancelled();
      break;
    case AttemptEnd::Kind::kSuccess:
    case AttemptEnd::Kind::kDropped:
      break;
  }
  const v1::ReportProgressRequest rest = reporter_->Rest();
  *request.mutable_measurements() = rest.measurements();
  request.set_log_offset(rest.log_offset());
  request.set_log_content(rest.log_content());
  return request;
}

void Attempt::FillFailure(const AttemptEnd& end, v1::CompleteStageRequest& request) const {
  v1::StageFailure* const failure = request.mutable_failure();
  failure->set_code(end.code);
  failure->set_message(end.message);
  failure->set_retryable(end.retryable);
  failure->set_last_lines(reporter_->LastLines(kLastLines));
}

Result<v1::CompleteStageResponse> Attempt::Complete(v1::CompleteStageRequest& request) {
  client::WorkerClient workers(around_.connection, {kCallLimit, Duration::max(), &final_calls_});
  WINNOW_FAILPOINT("worker.before_report");
  Result<v1::CompleteStageResponse> response = workers.Complete(request);
  WINNOW_FAILPOINT("worker.after_report");
  if (response || client::IsLeaseLost(response.error()) || response.error().code() == StatusCode::kCancelled) {
    return response;
  }
  // The coordinator refuses this report. That it does is the report then: a stage must not stay RUNNING until its lease
  // expires, to run and be refused again.
  const Status refused = response.error();
  spdlog::warn("{}: the coordinator does not take the report: {}", label(), refused.ToString());
  const bool had_success = request.has_success();
  const AttemptEnd end = FailureOf(refused.WithContext("the coordinator does not take the report"),
                                   refused.code() != StatusCode::kInvalidArgument);
  request.set_request_id(NewUuid());
  if (had_success || request.has_failure()) {
    FillFailure(end, request);
  } else if (request.has_given_back()) {
    request.mutable_given_back()->clear_resume();
  }
  request.clear_measurements();
  return workers.Complete(request);
}

}  // namespace winnow::worker
