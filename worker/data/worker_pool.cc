#include "worker/data/worker_pool.h"

#include <utility>

namespace winnow::worker {

WorkerPool::WorkerPool(int threads) {
  for (int i = 1; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::Run(int64_t count, const std::function<void(int64_t)>& body) {
  std::unique_lock lock(mutex_);
  body_ = &body;
  next_ = 0;
  count_ = count;
  failed_item_ = -1;
  failure_ = nullptr;
  changed_.notify_all();
  TakeItems(lock);
  changed_.wait(lock, [this] { return running_ == 0; });
  body_ = nullptr;
  count_ = 0;
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void WorkerPool::Work() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    TakeItems(lock);
    changed_.wait(lock, [this] { return stop_ || next_ < count_; });
  }
}

void WorkerPool::TakeItems(std::unique_lock<std::mutex>& lock) {
  while (next_ < count_ && !stop_) {
    const int64_t item = next_++;
    const std::function<void(int64_t)>& body = *body_;
    ++running_;
    lock.unlock();
    std::exception_ptr failure;
    try {
      body(item);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure && (failed_item_ < 0 || item < failed_item_)) {
      failed_item_ = item;
      failure_ = failure;
    }
    if (--running_ == 0) changed_.notify_all();
  }
}

}  // namespace winnow::worker
