#include "worker/agent/attempt_end.h"

#include <signal.h>

#include "base/status.h"

namespace winnow::worker {
namespace {

using Kind = AttemptEnd::Kind;

AttemptEnd Failure(StatusCode code, std::string message, bool retryable) {
  return {Kind::kFailure, std::string(StatusCodeName(code)), std::move(message), retryable};
}

std::string MiB(uint64_t bytes) { return std::to_string(bytes >> 20); }

AttemptEnd Crash(const ExitState& exit, const char* what) {
  return Failure(StatusCode::kInternal, "the executor ended with " + exit.ToString() + what, true);
}

// It ended by itself, or after SIGTERM as it should.
AttemptEnd OfExit(const AttemptFacts& facts, const AttemptRecord& record) {
  const ExitState& exit = facts.exit;
  if (exit.signal != 0) {
    // SIGTERM before it could catch it, or SIGKILL when its time to save was over.
    if (facts.cause == StopCause::kShutdown) return {Kind::kGivenBack, "", "", false};
    const char* const hint = exit.signal == SIGKILL ? "; the system does this when memory runs out" : "";
    return Failure(StatusCode::kInternal, "the executor was " + exit.ToString() + hint, true);
  }
  if (exit.exit_code == kExitGivenBack) return {Kind::kGivenBack, "", "", false};
  if (exit.exit_code == 0) {
    if (!record.result()) return Crash(exit, " and no result");
    if (spec::MakesNet(facts.kind) && !record.HasArtifact("checkpoint")) {
      return Failure(StatusCode::kInternal, "the executor gave a result without the artifact \"checkpoint\"", false);
    }
    return {Kind::kSuccess, "", "", false};
  }
  if (exit.exit_code == 1 && record.error()) {
    return {Kind::kFailure, record.error()->code, record.error()->message, record.error()->retryable};
  }
  return Crash(exit, record.result() ? " after its result" : "");
}

}  // namespace

AttemptEnd DecideEnd(const AttemptFacts& facts, const AttemptRecord& record) {
  switch (facts.cause) {
    case StopCause::kLeaseLost:
      return {Kind::kDropped, "", "", false};
    case StopCause::kCancelled:
      return {Kind::kCancelled, "", "", false};
    case StopCause::kMemory:
      return Failure(StatusCode::kResourceExhausted,
                     "used " + MiB(facts.used_bytes) + " MiB, limit " + MiB(facts.limit_bytes) +
                         " MiB; raise resources.memory_mib in the spec, or make batches smaller",
                     true);
    case StopCause::kFault:
      return Failure(StatusCode::kInternal, "the executor broke the protocol: " + facts.fault, false);
    case StopCause::kShutdown:
    case StopCause::kNone:
      return OfExit(facts, record);
  }
  return {};
}

AttemptEnd FailureOf(const Status& status, bool retryable) {
  return Failure(status.code(), status.message(), retryable);
}

}  // namespace winnow::worker
