// What a transaction changed that the coordinator's memory has to follow, once it is committed.
#ifndef SERVER_COORDINATOR_EFFECTS_H_
#define SERVER_COORDINATOR_EFFECTS_H_

#include <set>
#include <string>
#include <vector>

#include "server/domain/stage.h"

namespace winnow::server {

struct Effects {
  std::vector<Stage> queued;             // may run now
  std::vector<std::string> dequeued;     // keys that were QUEUED and will not run
  std::vector<std::string> cancelling;   // keys of stages whose leases are to end
  std::set<std::string> changed_sweeps;  // ids: they, their trials or their stages
  std::vector<std::string> ended_sweeps;
};

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_EFFECTS_H_
