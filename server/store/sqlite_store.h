// The store in one SQLite file (docs/decisions/ says why SQLite).
//
// Layout      FOLDER/winnow.db (WAL mode), and FOLDER/winnow.lock with the pid of the coordinator that has it.
// Durability  synchronous=FULL: one sync of the write-ahead log a commit.
#ifndef SERVER_STORE_SQLITE_STORE_H_
#define SERVER_STORE_SQLITE_STORE_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "server/store/store.h"

namespace winnow::server {

struct SqliteStoreOptions {
  std::filesystem::path folder;  // made where it is not there
  int read_connections = 4;      // reads at once; more wait
  size_t max_queued = 10000;     // transactions that wait for a commit; more are refused
  size_t max_batch = 1000;       // transactions a commit
  // The database grows no further; 0: no bound but the disk's.
  int64_t max_database_bytes = 0;
  // Pages (4 KiB) in the write-ahead log from which on it is copied into the database. The longer it gets, the more
  // changes of one page are copied at once; 32 MiB are read in some 50 ms at the next start.
  int checkpoint_pages = kCheckpointPages;
  static constexpr int kCheckpointPages = 8000;
  // SQLite's name of the file system layer; "" for the machine's. For tests that break it.
  std::string vfs;
};

class SqliteStore {
 public:
  // Opens the database, making or upgrading it.
  //   kFailedPrecondition  another process has it (named, with its pid); it is of a newer release, or no database of
  //   ours kDataLoss            damaged: names the file and what to do kPermissionDenied, kResourceExhausted,
  //   kUnavailable  the folder cannot be written; the disk is full
  static Result<std::unique_ptr<Store>> Open(const SqliteStoreOptions& options, const Clock* clock);
};

}  // namespace winnow::server

#endif  // SERVER_STORE_SQLITE_STORE_H_
