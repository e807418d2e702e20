// Rows of the database as records. Each reads the columns that sqlite_statements.h names for it, from the next one on.
//
// Throws as SQLiteCpp does: only within SqliteConnection::Guard.
#ifndef SERVER_STORE_SQLITE_ROWS_H_
#define SERVER_STORE_SQLITE_ROWS_H_

#include <cstdint>
#include <map>
#include <string>

#include "server/domain/attempt.h"
#include "server/domain/stage.h"
#include "server/domain/sweep.h"
#include "server/domain/trial.h"
#include "server/domain/worker_record.h"
#include "server/store/sqlite_query.h"

namespace winnow::server {

Sweep ReadSweep(SqliteQuery& row);  // without its counts
Trial ReadTrial(SqliteQuery& row);

// A stage and its number in the database. Without parents, artifacts and result_json.
struct StageRow {
  int64_t id = 0;
  Stage stage;
};
StageRow ReadStage(SqliteQuery& row);

// A place, and the number of its sweep in the database.
struct PlaceRow {
  int64_t sweep = 0;
  StagePlace place;
};
PlaceRow ReadPlace(SqliteQuery& row);

Attempt ReadAttempt(SqliteQuery& row);  // without its stage
Artifact ReadArtifact(SqliteQuery& row);
WorkerRecord ReadWorker(SqliteQuery& row);

// The lists of a worker as JSON text.
std::string StageVersionsJson(const WorkerRecord& worker);
std::string DataSetsJson(const WorkerRecord& worker);
std::string LabelsJson(const std::map<std::string, std::string>& labels);

}  // namespace winnow::server

#endif  // SERVER_STORE_SQLITE_ROWS_H_
