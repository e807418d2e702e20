// One run of a prepared statement: parameters in, rows out, both in the order in which the text has them.
//
//   SqliteQuery query(connection, sql::kFindSweep);
//   query.Bind(id);
//   if (query.Step()) sweep.state = query.Enum<SweepState>();
//
// Throws as SQLiteCpp does: only within SqliteConnection::Guard. Two runs of one statement never overlap.
#ifndef SERVER_STORE_SQLITE_QUERY_H_
#define SERVER_STORE_SQLITE_QUERY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

#include "base/clock.h"
#include "server/store/sqlite_connection.h"

namespace winnow::server {

class SqliteQuery {
 public:
  SqliteQuery(SqliteConnection& connection, const char* sql) : statement_(connection.Prepare(sql)) {}
  // Makes the statement ready for its next run.
  ~SqliteQuery();
  SqliteQuery(const SqliteQuery&) = delete;
  SqliteQuery& operator=(const SqliteQuery&) = delete;

  // Not copied: it is to live, as it is, as long as this.
  SqliteQuery& Bind(const std::string& value);
  SqliteQuery& Bind(std::string&& value);  // copied
  SqliteQuery& Bind(double value);
  template <typename T>
  requires std::is_integral_v<T> || std::is_enum_v<T> SqliteQuery& Bind(T value) {
    return BindInteger(static_cast<int64_t>(value));
  }
  SqliteQuery& Bind(WallTime value) { return BindInteger(ToUnixMillis(value)); }
  template <typename T>
  SqliteQuery& Bind(const std::optional<T>& value) {
    return value ? Bind(*value) : BindNull();
  }
  SqliteQuery& BindBytes(const std::string& value);  // likewise not copied
  // NULL for "".
  SqliteQuery& BindOrNull(const std::string& value) { return value.empty() ? BindNull() : Bind(value); }
  SqliteQuery& BindNull();

  // To the next row, whose first column comes next; false at the end.
  bool Step();
  // For statements without rows: runs it, and says how many rows it changed.
  int Run();

  // The next column.
  std::string Text();  // "" for NULL
  int64_t Integer();
  bool Boolean() { return Integer() != 0; }
  double Real();  // NaN for NULL
  WallTime Time() { return FromUnixMillis(Integer()); }
  std::string Bytes() { return Text(); }
  template <typename E>
  E Enum() {
    return static_cast<E>(Integer());
  }
  std::optional<double> OptionalReal();
  std::optional<int64_t> OptionalInteger();
  std::optional<WallTime> OptionalTime();

 private:
  SqliteQuery& BindInteger(int64_t value);
  bool SkipNull();

  SQLite::Statement& statement_;
  int bound_ = 0;
  int column_ = 0;
};

}  // namespace winnow::server

#endif  // SERVER_STORE_SQLITE_QUERY_H_
