#include "server/store/memory_store.h"

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "server/store/commit_queue.h"
#include "server/store/memory_writer.h"

namespace winnow::server {
namespace {

class MemoryStoreImpl final : public Store {
 public:
  MemoryStoreImpl(const Clock* clock, const MemoryStoreOptions& options)
      : clock_(clock),
        tables_(std::make_shared<const MemoryTables>()),
        queue_(options.max_queued, options.max_batch,
               [this](const CommitQueue::Next& next) { return CommitBatch(next); }) {}

  void Submit(Transaction transaction, Done done) override { queue_.Submit(std::move(transaction), std::move(done)); }

  Status Read(const std::function<Status(const StoreReader&)>& body) override {
    ++reads_;
    const MemoryReader reader(Tables(), clock_);
    return body(reader);
  }

  int64_t revision() const override { return Tables()->revision; }
  StoreHealth health() const override { return {}; }
  StoreCounters counters() const override {
    return {.transactions = transactions_, .failed = failed_, .commits = commits_, .reads = reads_};
  }

 private:
  std::shared_ptr<const MemoryTables> Tables() const {
    std::lock_guard lock(mutex_);
    return tables_;
  }

  // On the commit thread.
  std::vector<Status> CommitBatch(const CommitQueue::Next& next) {
    const std::shared_ptr<const MemoryTables> before = Tables();
    std::shared_ptr<const MemoryTables> after = before;
    std::vector<Status> outcomes;
    while (const Transaction* const transaction = next()) {
      MemoryWriter writer(after, clock_, before->revision + 1);
      outcomes.push_back((*transaction)(writer));
      ++(outcomes.back().ok() ? transactions_ : failed_);
      if (outcomes.back().ok()) after = writer.tables();
    }
    if (after != before) {
      auto committed = std::make_shared<MemoryTables>(*after);
      committed->revision = before->revision + 1;
      ++commits_;
      std::lock_guard lock(mutex_);
      tables_ = std::move(committed);
    }
    return outcomes;
  }

  const Clock* const clock_;
  std::atomic<int64_t> transactions_{0};
  std::atomic<int64_t> failed_{0};
  std::atomic<int64_t> commits_{0};
  std::atomic<int64_t> reads_{0};
  mutable std::mutex mutex_;
  std::shared_ptr<const MemoryTables> tables_;
  CommitQueue queue_;  // last: its thread uses all of the above
};

}  // namespace

std::unique_ptr<Store> MakeMemoryStore(const Clock* clock, const MemoryStoreOptions& options) {
  return std::make_unique<MemoryStoreImpl>(clock, options);
}

}  // namespace winnow::server
