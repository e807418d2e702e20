// One connection to the database, its prepared statements, and where SQLite's exceptions become statuses.
#ifndef SERVER_STORE_SQLITE_CONNECTION_H_
#define SERVER_STORE_SQLITE_CONNECTION_H_

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/result.h"

namespace winnow::server {

// The database is full: kResourceExhausted; damaged or none: kDataLoss; read-only, locked, or I/O failed: kUnavailable.
// Messages name the file and what to do.
Status FromSqlite(const SQLite::Exception& exception, const std::string& file);

// Threads    one at a time.
class SqliteConnection {
 public:
  enum class Mode { kWriter, kReader };

  // A writer makes the file where it is not there. Neither looks at what is in it.
  static Result<std::unique_ptr<SqliteConnection>> Open(const std::filesystem::path& file, Mode mode,
                                                        const std::string& vfs);

  // Runs `body`, which returns a Status or a Result, and turns what SQLite or the library throws into one.
  template <typename Body>
  auto Guard(Body body) -> decltype(body()) {
    try {
      return body();
    } catch (const SQLite::Exception& exception) {
      return Failed<decltype(body())>(FromSqlite(exception, file_));
    } catch (const std::exception& exception) {
      return Failed<decltype(body())>(Internal(file_ + ": " + exception.what()));
    }
  }

  // The statement for that text, ready to be bound. `sql` is a constant: statements are kept by its address. Throws as
  // SQLiteCpp does: only within Guard.
  SQLite::Statement& Prepare(const char* sql);
  // Runs statements without parameters. Throws likewise.
  void Execute(const std::string& sql) { database_.exec(sql); }

  SQLite::Database& database() { return database_; }
  const std::string& file() const { return file_; }

 private:
  SqliteConnection(const std::filesystem::path& file, int flags, const std::string& vfs);

  template <typename Outcome>
  static Outcome Failed(Status status) {
    if constexpr (std::is_same_v<Outcome, Status>) {
      return status;
    } else {
      return Err(std::move(status));
    }
  }

  const std::string file_;
  SQLite::Database database_;
  std::unordered_map<const char*, SQLite::Statement> statements_;
};

}  // namespace winnow::server

#endif  // SERVER_STORE_SQLITE_CONNECTION_H_
