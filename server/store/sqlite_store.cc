#include "server/store/sqlite_store.h"

#include <sqlite3.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/durable_file.h"
#include "server/store/checkpointer.h"
#include "server/store/commit_queue.h"
#include "server/store/connection_pool.h"
#include "server/store/database_file.h"
#include "server/store/sqlite_statements.h"
#include "server/store/sqlite_writer.h"

namespace winnow::server {
namespace {

constexpr char kFileName[] = "winnow.db";
// Stages in memory, of 1 to 2 KiB each: the heads of the queues and what runs.
constexpr size_t kStagesKept = 4096;

// The parts of an opened database, in the order in which they must be made; destroyed in the opposite one.
struct OpenedDatabase {
  UniqueFd lock;
  std::unique_ptr<SqliteConnection> writer;
  std::unique_ptr<SqliteConnection> checkpoint;
  int64_t revision = 0;
};

class SqliteStoreImpl final : public Store {
 public:
  SqliteStoreImpl(const SqliteStoreOptions& options, const Clock* clock, OpenedDatabase opened)
      : clock_(clock),
        lock_(std::move(opened.lock)),
        writer_(std::move(opened.writer)),
        revision_(opened.revision),
        pool_(options.folder / kFileName, options.vfs, options.read_connections),
        checkpointer_(std::move(opened.checkpoint), options.checkpoint_pages),
        queue_(options.max_queued, options.max_batch,
               [this](const CommitQueue::Next& next) { return CommitBatch(next); }) {
    // Also turns off SQLite's own checkpoints, which would run within a commit.
    sqlite3_wal_hook(
        writer_->database().getHandle(),
        [](void* self, sqlite3*, const char*, int pages) {
          static_cast<SqliteStoreImpl*>(self)->checkpointer_.Notify(pages);
          return SQLITE_OK;
        },
        this);
  }

  void Submit(Transaction transaction, Done done) override { queue_.Submit(std::move(transaction), std::move(done)); }

  Status Read(const std::function<Status(const StoreReader&)>& body) override {
    ++reads_;
    return pool_.WithSnapshot([&](SqliteConnection& connection) {
      const SqliteReader reader(&connection, clock_);
      return body(reader);
    });
  }

  int64_t revision() const override { return revision_; }

  StoreHealth health() const override {
    std::lock_guard lock(health_mutex_);
    return health_;
  }

  StoreCounters counters() const override {
    return {.transactions = transactions_,
            .failed = failed_,
            .commits = commits_,
            .reads = reads_,
            .checkpoints = checkpointer_.checkpoints()};
  }

 private:
  // On the commit thread, as everything below.
  std::vector<Status> CommitBatch(const CommitQueue::Next& next) {
    std::vector<Status> outcomes;
    bool changed = false;
    checkpointer_.Finish(*writer_);
    Status status = Execute("BEGIN IMMEDIATE");
    if (status.ok()) {
      SqliteWriter writer(writer_.get(), clock_, revision_ + 1, &stages_);
      while (const Transaction* const transaction = status.ok() ? next() : nullptr) {
        outcomes.push_back(RunOne(*transaction, writer, &changed));
        // Some faults (a full disk) make SQLite undo all that is not committed.
        if (sqlite3_get_autocommit(writer_->database().getHandle()) != 0) status = outcomes.back();
      }
      if (status.ok() && changed) status = writer.EndCommit();
      if (status.ok()) status = changed ? EndWithCommit() : Execute("ROLLBACK");
    }
    if (!status.ok()) {
      stages_.Clear();
      if (sqlite3_get_autocommit(writer_->database().getHandle()) == 0) (void)Execute("ROLLBACK");
      while (next() != nullptr) outcomes.push_back(status);
      for (Status& outcome : outcomes) {
        if (outcome.ok()) outcome = status;
      }
    }
    NoteOutcome(status, changed, outcomes);
    return outcomes;
  }

  // An error undoes the one transaction alone.
  Status RunOne(const Transaction& transaction, SqliteWriter& writer, bool* changed) {
    WINNOW_RETURN_IF_ERROR(Execute("SAVEPOINT one"));
    const Status status = writer_->Guard([&]() -> Status { return transaction(writer); });
    const bool wrote = writer.EndTransaction(status.ok());
    if (!status.ok()) {
      (void)Execute("ROLLBACK TO one");
      (void)Execute("RELEASE one");
      return status;
    }
    *changed |= wrote;
    return Execute("RELEASE one");
  }

  Status EndWithCommit() {
    const int64_t revision = revision_ + 1;
    WINNOW_RETURN_IF_ERROR(writer_->Guard([&]() -> Status {
      SqliteQuery(*writer_, sql::kSetRevision).Bind(revision).Run();
      return OkStatus();
    }));
    WINNOW_RETURN_IF_ERROR(Execute("COMMIT"));
    revision_ = revision;
    ++commits_;
    return OkStatus();
  }

  void NoteOutcome(const Status& status, bool changed, const std::vector<Status>& outcomes) {
    for (const Status& outcome : outcomes) ++(outcome.ok() ? transactions_ : failed_);
    if (status.ok() && !changed) return;  // says nothing about the disk
    std::lock_guard lock(health_mutex_);
    health_.writable = status.ok();
    health_.last_error = status;
  }

  Status Execute(const char* sql) {
    return writer_->Guard([&]() -> Status {
      SqliteQuery(*writer_, sql).Run();
      return OkStatus();
    });
  }

  const Clock* const clock_;
  const UniqueFd lock_;
  const std::unique_ptr<SqliteConnection> writer_;  // of the commit thread
  StageCache stages_{kStagesKept};                  // likewise
  std::atomic<int64_t> revision_;
  std::atomic<int64_t> transactions_{0};
  std::atomic<int64_t> failed_{0};
  std::atomic<int64_t> commits_{0};
  std::atomic<int64_t> reads_{0};
  mutable std::mutex health_mutex_;
  StoreHealth health_;
  ConnectionPool pool_;
  Checkpointer checkpointer_;
  CommitQueue queue_;  // last: its thread uses all of the above
};

Result<OpenedDatabase> OpenDatabase(const SqliteStoreOptions& options) {
  OpenedDatabase opened;
  WINNOW_RETURN_ERR_IF_ERROR(MakeFolder(options.folder));
  WINNOW_ASSIGN_OR_RETURN(opened.lock, LockDataFolder(options.folder));
  const std::filesystem::path file = options.folder / kFileName;
  using Mode = SqliteConnection::Mode;
  WINNOW_ASSIGN_OR_RETURN(opened.writer, SqliteConnection::Open(file, Mode::kWriter, options.vfs));
  WINNOW_RETURN_ERR_IF_ERROR(PrepareDatabase(*opened.writer));
  WINNOW_RETURN_ERR_IF_ERROR(opened.writer->Guard([&]() -> Status {
    if (options.max_database_bytes > 0) {
      constexpr int64_t kPageBytes = 4096;
      opened.writer->Execute("PRAGMA max_page_count = " + std::to_string(options.max_database_bytes / kPageBytes + 1));
    }
    SqliteQuery query(*opened.writer, sql::kRevision);
    query.Step();
    opened.revision = query.Integer();
    return OkStatus();
  }));
  WINNOW_RETURN_ERR_IF_ERROR(SyncFolder(options.folder));
  WINNOW_ASSIGN_OR_RETURN(opened.checkpoint, SqliteConnection::Open(file, Mode::kWriter, options.vfs));
  return opened;
}

}  // namespace

Result<std::unique_ptr<Store>> SqliteStore::Open(const SqliteStoreOptions& options, const Clock* clock) {
  WINNOW_ASSIGN_OR_RETURN(OpenedDatabase opened, OpenDatabase(options));
  return std::unique_ptr<Store>(std::make_unique<SqliteStoreImpl>(options, clock, std::move(opened)));
}

}  // namespace winnow::server
