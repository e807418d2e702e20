// What becomes of an attempt whose executor has ended: a pure decision.
#ifndef WORKER_AGENT_ATTEMPT_END_H_
#define WORKER_AGENT_ATTEMPT_END_H_

#include <cstdint>
#include <string>

#include "base/subprocess.h"
#include "spec/stage_kind.h"
#include "worker/agent/attempt_record.h"

namespace winnow::worker {

// Why the agent stopped an executor. Of several the greatest counts.
enum class StopCause {
  kNone,
  kShutdown,   // the agent itself is to end
  kFault,      // the executor broke the protocol
  kMemory,     // it used more than its limit
  kCancelled,  // the coordinator wants it cancelled
  kLeaseLost,  // somebody else may be running the stage by now
};

struct AttemptFacts {
  spec::StageKind kind = spec::StageKind::kTrain;
  StopCause cause = StopCause::kNone;
  ExitState exit;
  std::string fault;        // for kFault: what was wrong
  uint64_t used_bytes = 0;  // for kMemory
  uint64_t limit_bytes = 0;
};

struct AttemptEnd {
  enum class Kind { kSuccess, kFailure, kGivenBack, kCancelled, kDropped };
  Kind kind = Kind::kDropped;
  // Of a failure: a gRPC code's name, a sentence, whether another attempt may fare better.
  std::string code;
  std::string message;
  bool retryable = false;

  friend bool operator==(const AttemptEnd&, const AttemptEnd&) = default;
};

// The exit code by which an executor gives its attempt back, after SIGTERM.
inline constexpr int kExitGivenBack = 75;

AttemptEnd DecideEnd(const AttemptFacts& facts, const AttemptRecord& record);

// A failure before there was an executor: the inputs could not be brought here, or it could not be started.
AttemptEnd FailureOf(const Status& status, bool retryable);

}  // namespace winnow::worker

#endif  // WORKER_AGENT_ATTEMPT_END_H_
