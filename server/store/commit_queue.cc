#include "server/store/commit_queue.h"

#include <algorithm>
#include <string>
#include <utility>

namespace winnow::server {
namespace {

thread_local const CommitQueue* queue_of_this_thread = nullptr;

}  // namespace

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
  if (queue_of_this_thread == this && running_ != nullptr) {
    running_->push_back({std::move(transaction), std::move(done)});
    return;
  }
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
  queue_of_this_thread = this;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return !entries_.empty() || stopping_; });
      if (entries_.empty()) return;
    }
    Run(TakeBatch());
  }
}

std::deque<CommitQueue::Entry> CommitQueue::TakeBatch() {
  std::deque<Entry> batch;
  std::lock_guard lock(mutex_);
  while (!entries_.empty() && batch.size() < max_batch_) {
    if (entries_.front().transaction) --waiting_;
    batch.push_back(std::move(entries_.front()));
    entries_.pop_front();
  }
  return batch;
}

void CommitQueue::Run(std::deque<Entry> batch) {
  std::vector<bool> refused;
  for (const Entry& entry : batch) refused.push_back(!entry.transaction);
  size_t at = 0;
  const Next next = [&]() -> const Store::Transaction* {
    while (at < batch.size() && !batch[at].transaction) ++at;  // refused
    return at < batch.size() ? &batch[at++].transaction : nullptr;
  };
  std::vector<Status> outcomes;
  if (std::find(refused.begin(), refused.end(), false) != refused.end()) {
    running_ = &batch;  // references to a deque's elements outlive what is appended
    outcomes = commit_(next);
    running_ = nullptr;
  }
  refused.resize(batch.size(), false);
  for (Entry& entry : batch) entry.transaction = nullptr;
  size_t next_outcome = 0;
  for (size_t i = 0; i < batch.size(); ++i) {
    Status status = refused[i]
                        ? ResourceExhausted("the store has " + std::to_string(max_queued_) +
                                            " changes waiting for the disk and takes no more; try again in a second")
                        : std::move(outcomes[next_outcome++]);
    if (batch[i].done) batch[i].done(std::move(status));
    batch[i].done = nullptr;
  }
}

}  // namespace winnow::server
