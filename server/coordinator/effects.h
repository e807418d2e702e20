// What a transaction changed that the coordinator's memory has to follow.
#ifndef SERVER_COORDINATOR_EFFECTS_H_
#define SERVER_COORDINATOR_EFFECTS_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/domain/stage.h"
#include "server/leases/lease.h"

namespace winnow::server {

struct Effects {
  std::vector<Stage> queued;             // may run now
  std::vector<std::string> dequeued;     // keys that were QUEUED and will not run
  std::vector<std::string> cancelling;   // keys of stages whose leases are to end
  std::set<std::string> changed_sweeps;  // ids: they, their trials or their stages
  std::vector<std::string> ended_sweeps;
  std::optional<Lease> ended_lease;  // its room is free again
  // How that attempt ended, as far as it tells of its worker.
  enum class WorkerSign { kNone, kWorks, kFault };
  WorkerSign worker_sign = WorkerSign::kNone;
  std::map<std::string, int> failed_attempts;               // of queued stages that wait before they run again, by key
  std::optional<std::pair<std::string, bool>> sweep_pause;  // id; whether it is paused now
};

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_EFFECTS_H_
