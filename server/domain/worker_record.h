// What a worker said of itself when it registered. Whether it is alive is not here: that is in the coordinator's
// memory.
#ifndef SERVER_DOMAIN_WORKER_RECORD_H_
#define SERVER_DOMAIN_WORKER_RECORD_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "spec/stage_kind.h"

namespace winnow::server {

struct WorkerDataSet {
  std::string name;
  std::string digest;

  friend bool operator==(const WorkerDataSet&, const WorkerDataSet&) = default;
};

struct WorkerRecord {
  std::string id;
  std::string instance;  // changes with every start of the agent
  std::string host_id;   // machine and boot
  int threads = 0;
  int64_t memory_bytes = 0;
  std::string isa;
  std::string numerics_class;
  std::string fingerprint;  // digest and text (JSON) of the machine's
  std::string fingerprint_json;
  std::map<spec::StageKind, int> stage_versions;
  std::vector<WorkerDataSet> data_sets;
  std::map<std::string, std::string> labels;
  bool draining = false;  // it is leased nothing more
  WallTime register_time{};
  WallTime last_seen_time{};  // as of its last registration or its end; renewals are not written

  friend bool operator==(const WorkerRecord&, const WorkerRecord&) = default;
};

}  // namespace winnow::server

#endif  // SERVER_DOMAIN_WORKER_RECORD_H_
