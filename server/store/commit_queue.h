// Transactions on their way to a commit, and the thread that takes them there: the asynchronous half of every Store.
#ifndef SERVER_STORE_COMMIT_QUEUE_H_
#define SERVER_STORE_COMMIT_QUEUE_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "server/store/store.h"

namespace winnow::server {

// Threads    Submit from any, as Store::Submit says. Everything else on one thread of its own.
class CommitQueue {
 public:
  // Gives the next transaction to run; null when there is none. Those that are submitted by a transaction come last.
  using Next = std::function<const Store::Transaction*()>;
  // Runs all transactions in order and commits what they did at once. One outcome for each, in the same order.
  using Commit = std::function<std::vector<Status>(const Next&)>;

  CommitQueue(size_t max_queued, size_t max_batch, Commit commit);
  // Commits what was submitted, then ends.
  ~CommitQueue();
  CommitQueue(const CommitQueue&) = delete;
  CommitQueue& operator=(const CommitQueue&) = delete;

  void Submit(Store::Transaction transaction, Store::Done done);

 private:
  struct Entry {
    Store::Transaction transaction;  // empty where it was refused
    Store::Done done;
  };

  void Loop();
  std::deque<Entry> TakeBatch();
  void Run(std::deque<Entry> batch);

  const size_t max_queued_;
  const size_t max_batch_;
  const Commit commit_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Entry>* running_ = nullptr;  // while transactions run, of the commit thread alone
  std::deque<Entry> entries_;             // refused ones too, so that they are told in order and on the commit thread
  size_t waiting_ = 0;                    // entries that are not refused
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace winnow::server

#endif  // SERVER_STORE_COMMIT_QUEUE_H_
