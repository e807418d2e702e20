#include "server/store/checkpointer.h"

#include <sqlite3.h>

#include <utility>

#include "base/failpoint.h"

namespace winnow::server {
namespace {

// A log this many times longer than wanted is cut off, for which writers have to wait a moment: readers have kept it
// from being used again from its beginning.
constexpr int kFarTooLong = 8;
constexpr int kWaitForReadersMs = 100;

}  // namespace

Checkpointer::Checkpointer(std::unique_ptr<SqliteConnection> connection, int pages)
    : connection_(std::move(connection)), pages_(pages), next_pages_(pages), thread_([this] { Loop(); }) {}

Checkpointer::~Checkpointer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Checkpointer::Notify(int log_pages) {
  if (log_pages < pages_) next_pages_ = pages_;  // it has begun anew
  if (log_pages < next_pages_) return;
  next_pages_ = log_pages + pages_;  // where this copy does not do, because somebody reads what is in the log
  {
    std::lock_guard lock(mutex_);
    log_pages_ = log_pages;
  }
  changed_.notify_one();
}

void Checkpointer::Loop() {
  while (true) {
    int log_pages = 0;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return log_pages_ > 0 || stopping_; });
      if (stopping_) return;
      log_pages = std::exchange(log_pages_, 0);
    }
    Run(log_pages);
  }
}

void Checkpointer::Run(int log_pages) {
  sqlite3* const handle = connection_->database().getHandle();
  const int mode = log_pages / kFarTooLong >= pages_ ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
  sqlite3_busy_timeout(handle, kWaitForReadersMs);
  WINNOW_FAILPOINT("log.before_checkpoint");
  if (sqlite3_wal_checkpoint_v2(handle, nullptr, mode, nullptr, nullptr) == SQLITE_OK) {
    is_copied_ = true;
    ++checkpoints_;
  }
  WINNOW_FAILPOINT("log.after_checkpoint");
}

void Checkpointer::Finish(SqliteConnection& writer) {
  if (!is_copied_.exchange(false)) return;
  // What fails here is tried again when the log has grown: nothing is lost.
  (void)sqlite3_wal_checkpoint_v2(writer.database().getHandle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

}  // namespace winnow::server
