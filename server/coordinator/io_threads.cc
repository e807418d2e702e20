#include "server/coordinator/io_threads.h"

#include <utility>

namespace winnow::server {

IoThreads::IoThreads(int count) {
  for (int i = 0; i < count; ++i) threads_.emplace_back([this] { Loop(); });
}

void IoThreads::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void IoThreads::Post(std::function<void()> work) {
  std::lock_guard lock(mutex_);
  if (stopping_) return;  // dropped, once the lock is
  work_.push_back(std::move(work));
  // Under the lock: once it is free, Stop() and the destructor may take `changed_` away.
  changed_.notify_one();
}

void IoThreads::Loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !work_.empty(); });
    if (work_.empty()) return;
    std::function<void()> work = std::move(work_.front());
    work_.pop_front();
    lock.unlock();
    work();
    work = nullptr;  // what it holds goes before the lock is taken again
    lock.lock();
  }
}

}  // namespace winnow::server
