// The rows of the store in memory. Rows are shared between versions of the tables, so that a copy costs a pointer a
// row.
#ifndef SERVER_STORE_MEMORY_TABLES_H_
#define SERVER_STORE_MEMORY_TABLES_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "server/domain/attempt.h"
#include "server/domain/measurement.h"
#include "server/domain/refused_report.h"
#include "server/domain/request_record.h"
#include "server/domain/stage.h"
#include "server/domain/sweep.h"
#include "server/domain/trial.h"
#include "server/domain/worker_record.h"

namespace winnow::server {

struct MemoryTables {
  template <typename T>
  using Row = std::shared_ptr<const T>;

  struct SweepRow {
    Sweep sweep;
    std::shared_ptr<const std::string> spec_json;
  };
  struct TrialRow {
    Trial trial;
    int64_t create_revision = 0;
  };
  struct StageRow {
    int64_t id = 0;  // grows from stage to stage
    Stage stage;
  };
  struct Place {
    int64_t position = 0;
    int64_t create_revision = 0;
  };
  struct RequestRow {
    RequestRecord record;
    WallTime create_time{};
  };
  using Places = std::map<std::string, Place>;                             // by stage key
  using Measurements = std::map<std::pair<std::string, int64_t>, double>;  // by name and step

  int64_t revision = 0;
  int64_t last_order = 0;     // of a sweep
  int64_t last_stage_id = 0;  // of a stage
  std::map<std::string, Row<SweepRow>> sweeps;
  std::map<std::pair<std::string, std::string>, Row<TrialRow>> trials;  // by sweep and id
  std::map<std::string, Row<StageRow>> stages;
  std::map<std::string, Row<Places>> places;  // by sweep
  std::map<std::pair<std::string, int>, Row<Attempt>> attempts;
  std::map<std::string, Row<Measurements>> measurements;  // by stage key
  std::map<std::string, Artifact> artifacts;
  std::map<std::string, Row<WorkerRecord>> workers;
  std::map<std::string, Row<RequestRow>> requests;
  std::deque<Row<RefusedReport>> refused_reports;
};

}  // namespace winnow::server

#endif  // SERVER_STORE_MEMORY_TABLES_H_
