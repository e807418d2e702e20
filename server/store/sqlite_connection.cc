#include "server/store/sqlite_connection.h"

#include <sqlite3.h>

#include <mutex>
#include <utility>

namespace winnow::server {

Status FromSqlite(const SQLite::Exception& exception, const std::string& file) {
  const std::string what = file + ": " + exception.what();
  switch (exception.getErrorCode()) {
    case SQLITE_FULL:
      return ResourceExhausted(what + "; free space on its disk, nothing is lost");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return DataLoss(what + "; move the file away and restore a copy, or start with another data folder");
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return Unavailable(what + "; give this user the right to write it and its folder");
    case SQLITE_IOERR:
      return Unavailable(what + "; look at the disk (dmesg), then try again");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Unavailable(what + "; another program has the database open, end it and try again");
    case SQLITE_NOMEM:
      return ResourceExhausted(what + "; out of memory");
    default:
      return Internal(what);
  }
}

namespace {

// Settings of SQLite's that hold for the process; refused, which changes nothing but speed, where it is in use already.
void ConfigureOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);  // else every allocation takes a lock to be counted
    // What a transaction may have to undo stays in memory up to here, in one piece, and goes to a temporary file
    // beyond: 29 pages. A piece of 128 KiB or more SQLite cannot write to a file.
    sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, 120 << 10);
  });
}

}  // namespace

SqliteConnection::SqliteConnection(const std::filesystem::path& file, int flags, const std::string& vfs)
    : file_(file.string()), database_(file_, flags, /*aBusyTimeoutMs=*/5000, vfs) {}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::filesystem::path& file, Mode mode,
                                                                 const std::string& vfs) {
  ConfigureOnce();
  try {
    // A reader too opens for writing, so that it can make the shared-memory file of the log; query_only keeps it
    // honest.
    const int flags = SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX | (mode == Mode::kWriter ? SQLite::OPEN_CREATE : 0);
    std::unique_ptr<SqliteConnection> connection(new SqliteConnection(file, flags, vfs));
    connection->Execute("PRAGMA foreign_keys = ON");
    connection->Execute("PRAGMA synchronous = FULL");
    // Not for the writer: what its transactions may have to undo would lie in pieces of 1 KiB, all of which are walked
    // through after every statement of a large submission.
    if (mode == Mode::kReader) connection->Execute("PRAGMA temp_store = MEMORY");
    // Debian's SQLite writes zeros over all that is deleted, index entries that move included.
    connection->Execute("PRAGMA secure_delete = OFF");
    connection->Execute(mode == Mode::kWriter ? "PRAGMA cache_size = -64000" : "PRAGMA cache_size = -8000");  // KiB
    if (mode == Mode::kReader) connection->Execute("PRAGMA query_only = ON");
    return connection;
  } catch (const SQLite::Exception& exception) {
    return Err(FromSqlite(exception, file.string()));
  }
}

SQLite::Statement& SqliteConnection::Prepare(const char* sql) {
  auto it = statements_.find(sql);
  if (it == statements_.end()) it = statements_.emplace(sql, SQLite::Statement(database_, sql)).first;
  return it->second;
}

}  // namespace winnow::server
