// What a user submitted, and its state. The spec's text is kept beside it (StoreReader::FindSweepSpec): it may be 1
// MiB.
#ifndef SERVER_DOMAIN_SWEEP_H_
#define SERVER_DOMAIN_SWEEP_H_

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "server/domain/stage_state.h"
#include "server/domain/sweep_state.h"

namespace winnow::server {

struct Sweep {
  std::string id;  // the spec's name, with "-2", "-3", ... where that is taken
  std::string description;
  SweepState state = SweepState::kRunning;
  std::string reason;  // why, for FAILED and CANCELLED
  int priority = 0;    // higher runs first
  WallTime create_time{};
  std::optional<WallTime> end_time;
  int trial_count = 0;
  int stage_total = 0;     // of its graph
  int stage_reused = 0;    // there or under way when it was submitted
  int stage_unshared = 0;  // its trials would have run side by side without sharing
  // The machine it is timed on: digest and text (JSON); empty until known. While `awaits_fingerprint` its benchmarks
  // are not planned yet.
  std::string fingerprint;
  std::string fingerprint_json;
  bool awaits_fingerprint = false;
  SweepHold hold = SweepHold::kNone;
  std::string user;  // who submitted it; "" where nobody said

  // Kept by the store, ignored where a sweep is written.
  int64_t order = 0;  // grows from sweep to sweep
  StageCounts stage_counts;
  int64_t revision = 0;  // of its last change, its counts' included

  friend bool operator==(const Sweep&, const Sweep&) = default;
};

}  // namespace winnow::server

#endif  // SERVER_DOMAIN_SWEEP_H_
