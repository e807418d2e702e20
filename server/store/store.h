// Where sweeps, stages and results are kept.
//
// Writing is asynchronous: transactions that come while a commit is on its way gather, share the next one and one sync
// of the disk, and are told together. Reading sees the last commit and never waits for writing.
//
// Durability  when `done` runs with OK, the transaction survives a crash of the process and of the machine.
// Joining     what a transaction submits while it runs joins the same commit: it runs after all that were there before,
//             and is told after them.
// Order       transactions run in the order in which they were submitted, one at a time, and `done`s in that order too.
// Threads     safe for concurrent use. Transactions and `done`s run on the store's one commit thread: they must not
//             block, and a transaction should take well under a millisecond. Both may Submit. Submit never blocks and
//             never calls back before it returns.
// Ownership   borrows the clock. The destructor finishes what was submitted before it; nothing may be submitted
//             meanwhile except from a `done`.
//
//   store.Submit([&](StoreWriter& writer) { return writer.UpdateStage(stage); },
//                [](Status status) { ... });
#ifndef SERVER_STORE_STORE_H_
#define SERVER_STORE_STORE_H_

#include <cstdint>
#include <functional>

#include "base/status.h"
#include "server/store/store_reader.h"
#include "server/store/store_writer.h"

namespace winnow::server {

// Whether the store can be written to.
struct StoreHealth {
  bool writable = true;
  Status last_error;  // of the last commit, when it failed for a reason of the machine's
};

// Since the store was opened.
struct StoreCounters {
  int64_t transactions = 0;  // committed
  int64_t failed = 0;        // rolled back, or refused
  int64_t commits = 0;       // each one sync of the disk
  int64_t reads = 0;
  int64_t checkpoints = 0;
};

class Store {
 public:
  // Changes something, or decides not to. An error undoes all that this transaction did, and nothing of others.
  using Transaction = std::function<Status(StoreWriter&)>;
  using Done = std::function<void(Status)>;

  virtual ~Store() = default;

  // `done` gets the transaction's own error, or
  //   kResourceExhausted  too many transactions wait, or the disk is full; try again later
  //   kUnavailable        the database cannot be written now; reading goes on
  //   kDataLoss           the database is damaged
  // A transaction that changes nothing (a look at the state in order with the others) costs no sync.
  virtual void Submit(Transaction transaction, Done done) = 0;

  // Calls `body` on the calling thread with a view of the last commit, and returns what it returns. Waits for the disk,
  // and for a free connection where more than a few reads run at once: not for threads that must not block, nor from
  // within another Read.
  virtual Status Read(const std::function<Status(const StoreReader&)>& body) = 0;

  // Of the last commit that changed something. Never waits.
  virtual int64_t revision() const = 0;
  virtual StoreHealth health() const = 0;
  virtual StoreCounters counters() const = 0;
};

// Submits and waits for the outcome. For start-up and tests; never on the commit thread.
Status SubmitAndWait(Store& store, Store::Transaction transaction);

}  // namespace winnow::server

#endif  // SERVER_STORE_STORE_H_
