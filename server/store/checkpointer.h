// Copies the write-ahead log into the database, so that the log can begin anew and stays short.
//
// Nearly all is copied on a thread and a connection of its own, beside the commits. What they add meanwhile is copied
// between two commits (Finish): while commits follow each other at once, a copy beside them never comes to the log's
// end, and a log that never begins anew only grows, with every page copied again and again.
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

// Threads    Notify and Finish on the thread that commits; Notify never blocks for long.
// Errors     a checkpoint that fails (disk full) loses nothing: the log stays, and the next commit tries again.
class Checkpointer {
 public:
  // Begins when the log has `pages` pages or more.
  Checkpointer(std::unique_ptr<SqliteConnection> connection, int pages);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // A commit has ended; the log has so many pages now.
  void Notify(int log_pages);
  // Between two commits: copies what was added since the log was copied, if it has been. `writer` is the connection
  // that commits.
  void Finish(SqliteConnection& writer);

  int64_t checkpoints() const { return checkpoints_; }

 private:
  void Loop();
  void Run(int log_pages);

  const std::unique_ptr<SqliteConnection> connection_;
  const int pages_;
  std::atomic<int64_t> checkpoints_{0};
  std::atomic<bool> is_copied_{false};  // up to where the log ended a moment ago
  int next_pages_;                      // length of the log from which on it is copied; of the thread that commits

  std::mutex mutex_;
  std::condition_variable changed_;
  int log_pages_ = 0;  // of the last notice that is still to be looked at
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace winnow::server

#endif  // SERVER_STORE_CHECKPOINTER_H_
