// Connections for reading, lent one at a time.
#ifndef SERVER_STORE_CONNECTION_POOL_H_
#define SERVER_STORE_CONNECTION_POOL_H_

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/store/sqlite_connection.h"

namespace winnow::server {

// Threads: safe for concurrent use.
class ConnectionPool {
 public:
  // At most `size` connections, each opened when it is first needed.
  ConnectionPool(std::filesystem::path file, std::string vfs, int size);

  // Calls `body` with a connection in a transaction that sees one moment. Waits while all are lent.
  Status WithSnapshot(const std::function<Status(SqliteConnection&)>& body);

 private:
  Result<std::unique_ptr<SqliteConnection>> Take();
  void Return(std::unique_ptr<SqliteConnection> connection);

  const std::filesystem::path file_;
  const std::string vfs_;
  const int size_;

  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<SqliteConnection>> free_;
  int lent_ = 0;
};

}  // namespace winnow::server

#endif  // SERVER_STORE_CONNECTION_POOL_H_
