#include "server/store/commit_queue.h"

#include <string>
#include <utility>

namespace winnow::server {

CommitQueue::CommitQueue(size_t max_queued, size_t max_batch, Commit commit)
    : max_queued_(max_queued), max_batch_(max_batch), commit_(std::move(commit)), thread_([this] { Loop(); }) {}

CommitQueue::~CommitQueue() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void CommitQueue::Submit(Store::Transaction transaction, Store::Done done) {
  {
    std::lock_guard lock(mutex_);
    if (waiting_ >= max_queued_) {
      transaction = nullptr;
    } else {
      ++waiting_;
    }
    entries_.push_back({std::move(transaction), std::move(done)});
  }
  changed_.notify_one();
}

void CommitQueue::Loop() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return !entries_.empty() || stopping_; });
      if (entries_.empty()) return;
    }
    Run(TakeBatch());
  }
}

std::vector<CommitQueue::Entry> CommitQueue::TakeBatch() {
  std::vector<Entry> batch;
  std::lock_guard lock(mutex_);
  while (!entries_.empty() && batch.size() < max_batch_) {
    if (entries_.front().transaction) --waiting_;
    batch.push_back(std::move(entries_.front()));
    entries_.pop_front();
  }
  return batch;
}

void CommitQueue::Run(std::vector<Entry> batch) {
  std::vector<Store::Transaction> transactions;
  std::vector<bool> refused;
  for (Entry& entry : batch) {
    refused.push_back(!entry.transaction);
    if (entry.transaction) transactions.push_back(std::move(entry.transaction));
  }
  std::vector<Status> outcomes;
  if (!transactions.empty()) outcomes = commit_(transactions);
  transactions.clear();
  size_t next = 0;
  for (size_t i = 0; i < batch.size(); ++i) {
    Status status = refused[i]
                        ? ResourceExhausted("the store has " + std::to_string(max_queued_) +
                                            " changes waiting for the disk and takes no more; try again in a second")
                        : std::move(outcomes[next++]);
    if (batch[i].done) batch[i].done(std::move(status));
    batch[i].done = nullptr;
  }
}

}  // namespace winnow::server
