// The database file before the store works on it: whose it is, which version, and whether it is whole.
#ifndef SERVER_STORE_DATABASE_FILE_H_
#define SERVER_STORE_DATABASE_FILE_H_

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "server/store/sqlite_connection.h"

namespace winnow::server {

// Takes the folder for this process and writes its pid to the lock file. kFailedPrecondition names the folder and the
// process that has it.
Result<UniqueFd> LockDataFolder(const std::filesystem::path& folder);

// Makes a new database, or brings one of an older release up to date, in write-ahead mode.
//   kFailedPrecondition  of a newer release, or of another program
//   kDataLoss            damaged
Status PrepareDatabase(SqliteConnection& connection);

}  // namespace winnow::server

#endif  // SERVER_STORE_DATABASE_FILE_H_
