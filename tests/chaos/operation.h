// What the programs of a cluster did, as far as the promises of the coordinator are about it: calls and their replies
// (recorded by client/lib/call_record.h), and what the coordinator says at the end.
#ifndef TESTS_CHAOS_OPERATION_H_
#define TESTS_CHAOS_OPERATION_H_

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace winnow::chaos {

inline constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

// What the caller knows of the outcome.
enum class Outcome {
  kAcknowledged,
  kRefused,  // nothing was changed
  kUnknown,  // no reply, or one that says nothing: it may have been carried out
};

struct GrantedToken {
  std::string token;
  std::string stage;  // key
  int attempt = 0;
};

// (name, step) -> value.
using Measured = std::map<std::pair<std::string, int64_t>, double>;

// One call. Times are nanoseconds of the machine's monotonic clock, which all processes share; `end` is kNever where no
// reply came.
struct Operation {
  enum class Kind { kSubmit, kAcquire, kRenew, kReport, kComplete, kUpload };

  Kind kind = Kind::kAcquire;
  int process = 0;
  int64_t begin = 0;
  int64_t end = kNever;
  Outcome outcome = Outcome::kUnknown;
  std::string reason;      // of a refusal
  std::string request_id;  // "" where the call has none

  std::string worker;                   // kAcquire, kRenew
  std::string token;                    // kReport, kComplete
  std::optional<GrantedToken> granted;  // in the reply of kAcquire and kComplete
  bool is_success = false;              // kComplete: of a success, whose result is `payload`
  std::string payload;
  Measured measured;                // kReport, kComplete
  std::vector<std::string> tokens;  // kRenew: asked for, and those of them that are lost
  std::vector<std::string> lost_tokens;
  std::string sweep;     // kSubmit: in the reply
  std::string artifact;  // kUpload
};

using History = std::vector<Operation>;

struct FinalStage {
  std::string state;  // "SUCCEEDED"
  std::string result_json;
  Measured measured;
  bool artifacts_whole = true;  // all that it links can be read and have their digests
};

// What the coordinator says once everything has ended.
struct FinalState {
  std::map<std::string, FinalStage> stages;   // by key
  std::map<std::string, std::string> sweeps;  // name -> state
};

}  // namespace winnow::chaos

#endif  // TESTS_CHAOS_OPERATION_H_
