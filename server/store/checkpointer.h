// Copies the write-ahead log into the database, on a thread and a connection of its own, so that no commit waits for
// it.
#ifndef SERVER_STORE_CHECKPOINTER_H_
#define SERVER_STORE_CHECKPOINTER_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "server/store/sqlite_connection.h"

namespace winnow::server {

// Threads    Notify from any thread; it never blocks for long.
// Errors     a checkpoint that fails (disk full) loses nothing: the log stays, and the next commit tries again.
class Checkpointer {
 public:
  // Begins when the log has `pages` pages or more.
  Checkpointer(std::unique_ptr<SqliteConnection> connection, int pages);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // The log has so many pages now.
  void Notify(int log_pages);

  int64_t checkpoints() const { return checkpoints_; }

 private:
  void Loop();
  void Run(int log_pages);

  const std::unique_ptr<SqliteConnection> connection_;
  const int pages_;
  std::atomic<int64_t> checkpoints_{0};

  std::mutex mutex_;
  std::condition_variable changed_;
  int log_pages_ = 0;  // of the last notice that is still to be looked at
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace winnow::server

#endif  // SERVER_STORE_CHECKPOINTER_H_
