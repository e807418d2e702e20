#include "server/store/database_file.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/durable_file.h"
#include "server/store/schema.h"
#include "server/store/sqlite_query.h"

namespace winnow::server {
namespace {

constexpr char kLockName[] = "winnow.lock";
// A database up to this size is read whole and checked at every start; it takes a fraction of a second.
constexpr uintmax_t kMaxCheckedBytes = uintmax_t{32} << 20;

int64_t Pragma(SqliteConnection& connection, const char* sql) {
  SqliteQuery query(connection, sql);
  query.Step();
  return query.Integer();
}

Status CheckWhose(SqliteConnection& connection) {
  const int64_t application = Pragma(connection, "PRAGMA application_id");
  const int64_t version = Pragma(connection, "PRAGMA user_version");
  const int64_t tables = Pragma(connection, "SELECT count(*) FROM sqlite_schema");
  if (application != kApplicationId && (application != 0 || tables != 0)) {
    return FailedPrecondition(connection.file() + " is a database of another program; give another data folder");
  }
  const auto known = static_cast<int64_t>(SchemaFiles().size());
  if (version > known) {
    return FailedPrecondition(connection.file() + " was written by a newer winnow (schema " + std::to_string(version) +
                              ", this one knows up to " + std::to_string(known) +
                              "); use that release or another data folder");
  }
  return OkStatus();
}

Status CheckWhole(SqliteConnection& connection) {
  std::error_code error;
  const uintmax_t size = std::filesystem::file_size(connection.file(), error);
  if (error || size > kMaxCheckedBytes) return OkStatus();
  SqliteQuery query(connection, "PRAGMA quick_check(1)");
  if (!query.Step()) return OkStatus();
  const std::string found = query.Text();
  if (found == "ok") return OkStatus();
  return DataLoss(connection.file() + " is damaged (" + found +
                  "); move it away and restore a copy, or start with another data folder");
}

void Upgrade(SqliteConnection& connection) {
  const std::vector<SchemaFile>& files = SchemaFiles();
  for (auto version = static_cast<size_t>(Pragma(connection, "PRAGMA user_version")); version < files.size();
       ++version) {
    connection.Execute("BEGIN IMMEDIATE");
    connection.Execute(std::string(files[version].sql));
    connection.Execute("PRAGMA application_id = " + std::to_string(kApplicationId));
    connection.Execute("PRAGMA user_version = " + std::to_string(version + 1));
    connection.Execute("COMMIT");
  }
}

}  // namespace

Result<UniqueFd> LockDataFolder(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kLockName;
  Result<UniqueFd> lock = LockFile(path);
  if (!lock && lock.error().code() == StatusCode::kFailedPrecondition) {
    std::string pid = ReadFile(path, 100).value_or("");
    while (!pid.empty() && pid.back() == '\n') pid.pop_back();
    return Err(FailedPrecondition("the data folder " + folder.string() + " is in use by another coordinator" +
                                  (pid.empty() ? "" : " (process " + pid + ")") +
                                  "; end that one or give another folder"));
  }
  if (!lock) return lock;
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock->get(), 0) != 0) return Err(ErrnoStatus(errno, "cannot write " + path.string()));
  WINNOW_RETURN_ERR_IF_ERROR(WriteAll(lock->get(), pid, path.string()));
  return lock;
}

Status PrepareDatabase(SqliteConnection& connection) {
  return connection.Guard([&]() -> Status {
    WINNOW_RETURN_IF_ERROR(CheckWhose(connection));
    WINNOW_RETURN_IF_ERROR(CheckWhole(connection));
    {
      SqliteQuery query(connection, "PRAGMA journal_mode = WAL");
      query.Step();
      if (const std::string mode = query.Text(); mode != "wal") {
        return Unavailable(connection.file() + ": cannot use a write-ahead log here (journal mode " + mode +
                           "); put the data folder on a local disk");
      }
    }
    Upgrade(connection);
    return OkStatus();
  });
}

}  // namespace winnow::server
