// Threads that share the items of one loop after the other.
#ifndef WORKER_DATA_WORKER_POOL_H_
#define WORKER_DATA_WORKER_POOL_H_

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace winnow::worker {

// Threads    Run() from one thread at a time, which takes part; the destructor ends the others.
class WorkerPool {
 public:
  // `threads`, >= 1, counts the caller of Run().
  explicit WorkerPool(int threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Calls `body` once for each of 0 .. count-1, in any order and on any of the threads, and returns when all are done.
  // Of what the calls throw, that of the lowest item is thrown again at the end.
  void Run(int64_t count, const std::function<void(int64_t)>& body);

 private:
  void Work();
  // Takes items until none are left. `lock` is held outside of body calls.
  void TakeItems(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void(int64_t)>* body_ = nullptr;  // guarded by mutex_, like all below
  int64_t next_ = 0;
  int64_t count_ = 0;
  int64_t running_ = 0;
  int64_t failed_item_ = -1;
  std::exception_ptr failure_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace winnow::worker

#endif  // WORKER_DATA_WORKER_POOL_H_
