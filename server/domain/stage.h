// One unit of work, shared by every sweep that needs its result.
#ifndef SERVER_DOMAIN_STAGE_H_
#define SERVER_DOMAIN_STAGE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "server/domain/artifact.h"
#include "server/domain/stage_state.h"
#include "spec/stage_kind.h"

namespace winnow::server {

// The reason of a FAILED stage that has used up its attempts on several workers begins so.
inline constexpr char kQuarantined[] = "quarantined";

struct Stage {
  // What it is; fixed when it is created.
  std::string key;  // 64 hexadecimal digits
  spec::StageKind kind = spec::StageKind::kTrain;
  int version = 0;    // of the kind
  std::string label;  // for people: "winograd_prune f4 s30 w60"
  std::string parameters_json;
  std::vector<std::string> parents;  // keys, in the order of the graph
  int threads = 1;
  bool exclusive = false;  // alone on its host
  std::string data_set;    // name and digest; "" where it reads none
  std::string data_digest;
  std::string pretrained;                     // digest of an artifact; "" for none
  std::string fingerprint;                    // digest of the machine a benchmark is for; "" where any will do
  std::map<std::string, std::string> labels;  // that its worker must have

  // What may change.
  int64_t memory_bytes = 0;
  int max_attempts = 1;
  StageState state = StageState::kBlocked;
  std::string reason;       // why, for FAILED and CANCELLED
  int attempt = 0;          // number of the last one
  int failed_attempts = 0;  // that count against max_attempts; given-back ones do not
  std::string worker;       // id of the running or last attempt's
  std::string token;        // fencing token of the running attempt; "" where none runs
  std::optional<ResumePoint> resume;
  std::optional<WallTime> start_time;  // of the first attempt
  std::optional<WallTime> end_time;
  std::string result_json;  // once SUCCEEDED
  std::string numerics_class;

  // Kept by the store, ignored where a stage is written.
  std::vector<StageArtifact> artifacts;  // by role
  int64_t revision = 0;                  // of its last change, or of the last time a sweep took it up

  friend bool operator==(const Stage&, const Stage&) = default;
};

// Where a stage stands in the graph of a sweep.
struct StagePlace {
  std::string sweep;     // id
  int64_t position = 0;  // parents before children

  friend bool operator==(const StagePlace&, const StagePlace&) = default;
};

}  // namespace winnow::server

#endif  // SERVER_DOMAIN_STAGE_H_
