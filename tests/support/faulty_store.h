// A store that fails or waits when a test says so, over one that works.
#ifndef TESTS_SUPPORT_FAULTY_STORE_H_
#define TESTS_SUPPORT_FAULTY_STORE_H_

#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "server/store/store.h"

namespace winnow::testing {

// Threads    safe for concurrent use.
// Ownership  borrows the other store.
class FaultyStore final : public server::Store {
 public:
  explicit FaultyStore(server::Store* store) : store_(store) {}

  // The next `count` transactions are not run; `done` gets the error. On the commit thread, in order, as ever.
  void FailNext(Status error, int count = 1) { Plan({.error = std::move(error), .runs = false}, count); }
  // The next `count` transactions are committed, and `done` gets the error all the same: a lost answer.
  void LoseNext(Status error, int count = 1) { Plan({.error = std::move(error), .runs = true}, count); }
  // Until Release, what is submitted waits.
  void Hold() {
    std::lock_guard lock(mutex_);
    holding_ = true;
  }
  void Release() {
    std::deque<std::function<void()>> held;
    {
      std::lock_guard lock(mutex_);
      holding_ = false;
      held.swap(held_);
    }
    for (const auto& submit : held) submit();
  }
  // As what it is to be seen from now on.
  void SetHealth(server::StoreHealth health) {
    std::lock_guard lock(mutex_);
    health_ = std::move(health);
  }
  // Reads fail with this until it is set to OK.
  void SetReadError(Status error) {
    std::lock_guard lock(mutex_);
    read_error_ = std::move(error);
  }

  void Submit(Transaction transaction, Done done) override {
    std::unique_lock lock(mutex_);
    if (!faults_.empty()) {
      const Fault fault = std::move(faults_.front());
      faults_.pop_front();
      if (!fault.runs) transaction = [error = fault.error](server::StoreWriter&) { return error; };
      done = [error = fault.error, done = std::move(done)](const Status&) { done(error); };
    }
    if (holding_) {
      held_.push_back([this, transaction = std::move(transaction), done = std::move(done)]() mutable {
        store_->Submit(std::move(transaction), std::move(done));
      });
      return;
    }
    lock.unlock();
    store_->Submit(std::move(transaction), std::move(done));
  }

  Status Read(const std::function<Status(const server::StoreReader&)>& body) override {
    {
      std::lock_guard lock(mutex_);
      if (!read_error_.ok()) return read_error_;
    }
    return store_->Read(body);
  }

  int64_t revision() const override { return store_->revision(); }
  server::StoreHealth health() const override {
    std::lock_guard lock(mutex_);
    return health_ ? *health_ : store_->health();
  }
  server::StoreCounters counters() const override { return store_->counters(); }

 private:
  struct Fault {
    Status error;
    bool runs = false;
  };

  void Plan(const Fault& fault, int count) {
    std::lock_guard lock(mutex_);
    for (int i = 0; i < count; ++i) faults_.push_back(fault);
  }

  server::Store* const store_;
  mutable std::mutex mutex_;
  std::deque<Fault> faults_;
  bool holding_ = false;
  std::deque<std::function<void()>> held_;
  Status read_error_;
  std::optional<server::StoreHealth> health_;
};

}  // namespace winnow::testing

#endif  // TESTS_SUPPORT_FAULTY_STORE_H_
