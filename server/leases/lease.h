// The time-limited right of one worker to one attempt of one stage, and what its holder can report.
#ifndef SERVER_LEASES_LEASE_H_
#define SERVER_LEASES_LEASE_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/domain/attempt.h"
#include "server/domain/measurement.h"
#include "server/domain/request_record.h"
#include "server/domain/stage.h"

namespace winnow::server {

struct Lease {
  std::string token;   // fencing token: opaque, random, never given twice
  std::string stage;   // key
  std::string worker;  // id
  int attempt = 0;

  friend bool operator==(const Lease&, const Lease&) = default;
};

// Where a stage starts from.
struct LeaseParent {
  std::string key;
  std::string checkpoint;  // digest of its checkpoint; "" where it has none

  friend bool operator==(const LeaseParent&, const LeaseParent&) = default;
};

// A lease and all that its worker needs to know.
struct GrantedLease {
  Lease lease;
  Stage stage;  // RUNNING; `resume` says where to go on
  std::vector<LeaseParent> parents;
};

struct Renewal {
  bool cancel_requested = false;
};

// What a running attempt reports on its way.
struct ProgressReport {
  std::vector<Measurement> measurements;
  std::optional<ResumePoint> resume;  // its artifact is stored
};

struct ProgressTaken {
  bool cancel_requested = false;
  // Artifacts that nothing names any more: remove the files.
  std::vector<std::string> unused_artifacts;
};

// How an attempt ended, as its worker reports it.
struct AttemptSuccess {
  std::string result_json;
  std::vector<StageArtifact> artifacts;  // all stored
  std::string numerics_class;
};
struct AttemptFailure {
  std::string code;  // name of a gRPC code, and what happened
  std::string message;
  bool retryable = true;  // else the stage fails, whatever attempts are left
  std::string last_lines;
};
struct AttemptReturn {
  std::optional<ResumePoint> resume;  // its artifact is stored
};
struct AttemptCancelled {};

// What is stored together with the end of a lease.
struct EndReport {
  std::vector<Measurement> measurements;
  // Kept with the end, so that a repeat of the request gets the same answer.
  std::optional<RequestRecord> request;
  // Runs within the transaction once the lease has ended in it, before what follows from that. Not for a repeat.
  std::function<void()> ended;
};

// The end of a lease, stored.
struct EndedLease {
  Lease lease;
  Stage stage;  // as it stands now, but for its revision
  // It was a repeat: nothing was done, `reply` is what was stored the first time, and lease and stage are empty.
  bool repeated = false;
  std::string reply;
  std::vector<std::string> unused_artifacts;  // as above
};

}  // namespace winnow::server

#endif  // SERVER_LEASES_LEASE_H_
