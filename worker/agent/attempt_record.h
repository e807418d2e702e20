// What an executor has said so far in one attempt, and whether it keeps to the protocol.
#ifndef WORKER_AGENT_ATTEMPT_RECORD_H_
#define WORKER_AGENT_ATTEMPT_RECORD_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "worker/agent/executor_event.h"

namespace winnow::worker {

// Pure: lines in, facts out. Threads    one at a time.
class AttemptRecord {
 public:
  // Takes the next event line. kInvalidArgument, naming the line by its number and content, where it is malformed or
  // out of order: `started` is first and once, nothing follows `result` or `error`.
  Result<ExecutorEvent> Take(std::string_view line);

  const std::string& numerics_class() const { return numerics_class_; }
  // The latest.
  const std::optional<ResumePointLine>& resume_point() const { return resume_point_; }
  // In order; of several with one name the last.
  const std::vector<ArtifactLine>& artifacts() const { return artifacts_; }
  bool HasArtifact(std::string_view name) const;
  const std::optional<ResultLine>& result() const { return result_; }
  const std::optional<ErrorLine>& error() const { return error_; }

 private:
  void Keep(const ExecutorEvent& event);

  int lines_ = 0;
  bool started_ = false;
  std::string numerics_class_;
  std::optional<ResumePointLine> resume_point_;
  std::vector<ArtifactLine> artifacts_;
  std::optional<ResultLine> result_;
  std::optional<ErrorLine> error_;
};

}  // namespace winnow::worker

#endif  // WORKER_AGENT_ATTEMPT_RECORD_H_
