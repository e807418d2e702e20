#include "server/store/connection_pool.h"

#include <utility>

namespace winnow::server {

ConnectionPool::ConnectionPool(std::filesystem::path file, std::string vfs, int size)
    : file_(std::move(file)), vfs_(std::move(vfs)), size_(size) {}

Result<std::unique_ptr<SqliteConnection>> ConnectionPool::Take() {
  {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [&] { return lent_ < size_; });
    ++lent_;
    if (!free_.empty()) {
      std::unique_ptr<SqliteConnection> connection = std::move(free_.back());
      free_.pop_back();
      return connection;
    }
  }
  Result<std::unique_ptr<SqliteConnection>> opened =
      SqliteConnection::Open(file_, SqliteConnection::Mode::kReader, vfs_);
  if (!opened) Return(nullptr);
  return opened;
}

void ConnectionPool::Return(std::unique_ptr<SqliteConnection> connection) {
  {
    std::lock_guard lock(mutex_);
    --lent_;
    if (connection) free_.push_back(std::move(connection));
  }
  returned_.notify_one();
}

Status ConnectionPool::WithSnapshot(const std::function<Status(SqliteConnection&)>& body) {
  WINNOW_ASSIGN_OR_RETURN_STATUS(std::unique_ptr<SqliteConnection> connection, Take());
  Status status = connection->Guard([&]() -> Status {
    connection->Execute("BEGIN");
    return OkStatus();
  });
  if (status.ok()) {
    status = body(*connection);
    const Status ended = connection->Guard([&]() -> Status {
      connection->Execute("COMMIT");
      return OkStatus();
    });
    // One that cannot end its transaction would go on seeing the same moment: it is closed.
    if (!ended.ok()) connection = nullptr;
  }
  Return(std::move(connection));
  return status;
}

}  // namespace winnow::server
