// What an executor says of itself: `EXECUTOR --describe` (docs/formats.md section 4).
#ifndef WORKER_AGENT_EXECUTOR_DESCRIPTION_H_
#define WORKER_AGENT_EXECUTOR_DESCRIPTION_H_

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "spec/stage_kind.h"

namespace winnow::worker {

// Of the line protocol and of requests, docs/formats.md section 4.
inline constexpr int kExecutorProtocol = 1;

struct ExecutorDescription {
  std::map<spec::StageKind, int> versions;  // kinds that this build does not know are left out
  std::string numerics_class;
  std::string isa;
  std::string fingerprint;       // digest of the machine fingerprint
  std::string fingerprint_json;  // the whole of it
};

// kInvalidArgument: no such object, or of another protocol; says what is wrong.
Result<ExecutorDescription> ParseDescription(std::string_view text);

// Runs the program and reads its description; gives up after `limit`. `executor` is named in every error.
//
// kNotFound              there is no such program
// kPermissionDenied      it may not be run
// kFailedPrecondition    it failed (with its last line), took too long, or speaks another protocol
Result<ExecutorDescription> DescribeExecutor(const std::filesystem::path& executor, Duration limit);

}  // namespace winnow::worker

#endif  // WORKER_AGENT_EXECUTOR_DESCRIPTION_H_
