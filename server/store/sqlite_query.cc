#include "server/store/sqlite_query.h"

#include <SQLiteCpp/Column.h>

#include <limits>

namespace winnow::server {

SqliteQuery::~SqliteQuery() {
  statement_.tryReset();
  try {
    statement_.clearBindings();
  } catch (const SQLite::Exception&) {
    // Only a closed statement refuses; the next run binds everything anew all the same.
  }
}

SqliteQuery& SqliteQuery::Bind(const std::string& value) {
  statement_.bindNoCopy(++bound_, value);
  return *this;
}

SqliteQuery& SqliteQuery::Bind(std::string&& value) {
  statement_.bind(++bound_, value);
  return *this;
}

SqliteQuery& SqliteQuery::Bind(double value) {
  statement_.bind(++bound_, value);
  return *this;
}

SqliteQuery& SqliteQuery::BindInteger(int64_t value) {
  statement_.bind(++bound_, value);
  return *this;
}

SqliteQuery& SqliteQuery::BindBytes(const std::string& value) {
  statement_.bindNoCopy(++bound_, static_cast<const void*>(value.data()), static_cast<int>(value.size()));
  return *this;
}

SqliteQuery& SqliteQuery::BindNull() {
  statement_.bind(++bound_);
  return *this;
}

bool SqliteQuery::Step() {
  column_ = 0;
  return statement_.executeStep();
}

int SqliteQuery::Run() { return statement_.exec(); }

std::string SqliteQuery::Text() { return statement_.getColumn(column_++).getString(); }

int64_t SqliteQuery::Integer() { return statement_.getColumn(column_++).getInt64(); }

double SqliteQuery::Real() {
  return SkipNull() ? std::numeric_limits<double>::quiet_NaN() : statement_.getColumn(column_++).getDouble();
}

bool SqliteQuery::SkipNull() {
  if (!statement_.isColumnNull(column_)) return false;
  ++column_;
  return true;
}

std::optional<double> SqliteQuery::OptionalReal() {
  if (SkipNull()) return std::nullopt;
  return Real();
}

std::optional<int64_t> SqliteQuery::OptionalInteger() {
  if (SkipNull()) return std::nullopt;
  return Integer();
}

std::optional<WallTime> SqliteQuery::OptionalTime() {
  if (SkipNull()) return std::nullopt;
  return Time();
}

}  // namespace winnow::server
