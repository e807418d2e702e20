// The event lines of a stage executor (docs/formats.md section 4), as the agent reads them.
#ifndef WORKER_AGENT_EXECUTOR_EVENT_H_
#define WORKER_AGENT_EXECUTOR_EVENT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace winnow::worker {

inline constexpr size_t kMaxEventLineBytes = size_t{1} << 20;

struct StartedLine {
  std::string numerics_class;
  int64_t resumed_epoch = 0;
  std::string restarted_because;
};

struct ProgressLine {
  double done = 0;
  double total = 0;
  std::string unit;
  std::string note;
};

struct MeasurementLine {
  std::string name;
  int64_t step = 0;
  double value = 0;
};

// Paths are relative to the output folder and stay below it.
struct ResumePointLine {
  std::string path;
  int64_t epoch = 0;
};

struct ArtifactLine {
  std::string name;
  std::string path;
};

struct ResultLine {
  std::string values_json;
};

struct ErrorLine {
  std::string code;  // a gRPC code's name
  std::string message;
  bool retryable = false;
};

using ExecutorEvent =
    std::variant<StartedLine, ProgressLine, MeasurementLine, ResumePointLine, ArtifactLine, ResultLine, ErrorLine>;

// `line` without its newline. Unknown members are ignored. kInvalidArgument says what is wrong with the line, and
// quotes its beginning.
Result<ExecutorEvent> ParseExecutorEvent(std::string_view line);

// For the attempt's log, one line without newline; empty for progress, of which there is too much.
std::string LogText(const ExecutorEvent& event);

}  // namespace winnow::worker

#endif  // WORKER_AGENT_EXECUTOR_EVENT_H_
