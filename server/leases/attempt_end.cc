#include "server/leases/attempt_end.h"

#include <utility>

namespace winnow::server {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

// To where a stage goes whose attempt did not succeed, if it is not to be cancelled.
void CountFailure(const std::string& code, const std::string& message, bool retryable, Stage& stage) {
  ++stage.failed_attempts;
  const bool out_of_attempts = stage.failed_attempts >= stage.max_attempts;
  if (retryable && !out_of_attempts) {
    stage.state = StageState::kQueued;
    return;
  }
  stage.state = StageState::kFailed;
  stage.reason = code + ": " + message;
  if (retryable && stage.max_attempts > 1) {
    stage.reason +=
        " (attempt " + std::to_string(stage.failed_attempts) + " of " + std::to_string(stage.max_attempts) + ")";
  }
}

void Leave(Stage& stage, Attempt& attempt) {
  attempt.state = AttemptState::kCancelled;
  stage.state = StageState::kCancelled;
  if (stage.reason.empty()) stage.reason = "cancelled";
}

void Fail(const AttemptFailure& failure, AttemptState state, bool cancelling, Stage& stage, Attempt& attempt) {
  attempt.code = failure.code;
  attempt.message = failure.message;
  attempt.last_lines = failure.last_lines;
  if (cancelling) return Leave(stage, attempt);
  attempt.state = state;
  CountFailure(failure.code, failure.message, failure.retryable, stage);
}

}  // namespace

void ApplyEnd(const AttemptEnd& end, WallTime now, Stage& stage, Attempt& attempt) {
  const bool cancelling = stage.state == StageState::kCancelling;
  const auto give_back = [&] {
    if (cancelling) return Leave(stage, attempt);
    attempt.state = AttemptState::kGivenBack;
    stage.state = StageState::kQueued;
  };
  std::visit(Overloaded{[&](const AttemptSuccess& success) {
                          attempt.state = AttemptState::kSucceeded;
                          attempt.numerics_class = success.numerics_class;
                          stage.state = StageState::kSucceeded;
                          stage.reason.clear();
                          stage.result_json = success.result_json;
                          stage.numerics_class = success.numerics_class;
                          stage.resume.reset();
                        },
                        [&](const AttemptFailure& failure) {
                          Fail(failure, AttemptState::kFailed, cancelling, stage, attempt);
                        },
                        [&](const AttemptLost& lost) {
                          const AttemptFailure failure{
                              .code = "UNAVAILABLE", .message = lost.message, .retryable = true, .last_lines = ""};
                          Fail(failure, AttemptState::kLost, cancelling, stage, attempt);
                        },
                        [&](const AttemptReturn& back) {
                          if (back.resume) stage.resume = back.resume;
                          give_back();
                        },
                        [&](const AttemptCancelled&) { give_back(); }},
             end);
  stage.token.clear();
  attempt.end_time = now;
  if (IsTerminal(stage.state)) stage.end_time = now;
}

Result<std::vector<std::string>> ForgetSuperseded(StoreWriter& writer, const std::optional<ResumePoint>& before,
                                                  const std::optional<ResumePoint>& after) {
  std::vector<std::string> unused;
  if (!before || (after && after->digest == before->digest)) return unused;
  WINNOW_ASSIGN_OR_RETURN(const bool forgotten, writer.ForgetArtifactIfUnused(before->digest));
  if (forgotten) unused.push_back(before->digest);
  return unused;
}

Result<std::vector<std::string>> StoreEnd(StoreWriter& writer, const AttemptEnd& end, const Stage& before,
                                          const Stage& after, const Attempt& attempt) {
  WINNOW_RETURN_ERR_IF_ERROR(writer.UpdateStage(after));
  WINNOW_RETURN_ERR_IF_ERROR(writer.PutAttempt(attempt));
  if (const auto* success = std::get_if<AttemptSuccess>(&end)) {
    for (const StageArtifact& artifact : success->artifacts) {
      WINNOW_RETURN_ERR_IF_ERROR(writer.LinkArtifact(after.key, artifact));
    }
  }
  return ForgetSuperseded(writer, before.resume, after.resume);
}

}  // namespace winnow::server
