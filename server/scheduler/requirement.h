// What a stage needs of a worker, and whether a worker has it.
//
// Pure values and functions; what a worker has free at the moment is not here but in decide.h.
#ifndef SERVER_SCHEDULER_REQUIREMENT_H_
#define SERVER_SCHEDULER_REQUIREMENT_H_

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "server/domain/worker_record.h"
#include "spec/stage_kind.h"

namespace winnow::server {

// Stages with equal requirements are interchangeable to the scheduler: where one cannot run, none can.
struct Requirement {
  spec::StageKind kind = spec::StageKind::kTrain;
  int version = 0;           // spec::StageKindVersion of the coordinator
  int threads = 1;           // that must be free
  int64_t memory_bytes = 0;  // likewise
  bool exclusive = false;    // alone on its host
  std::string data_set;      // name and digest; "" where the stage reads no data set
  std::string data_digest;
  std::string fingerprint;                    // of the machine, for what is timed; "" where any machine will do
  std::map<std::string, std::string> labels;  // that the worker must have
  std::string user;                           // whose quota it counts against; "" for nobody's

  friend auto operator<=>(const Requirement&, const Requirement&) = default;
};

// Whether the worker could run the stage if nothing else ran there.
bool CanRun(const WorkerRecord& worker, const Requirement& requirement);

// Why none of `alive` can ever run the stage, as a sentence that says what is wanted, who offers what instead, and what
// to do; nullopt when one can.
std::optional<std::string> WhyNobodyCanRun(const Requirement& requirement, std::span<const WorkerRecord* const> alive);

}  // namespace winnow::server

#endif  // SERVER_SCHEDULER_REQUIREMENT_H_
