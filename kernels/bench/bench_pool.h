// Threads for the benchmark, parked between calls.
#ifndef KERNELS_BENCH_BENCH_POOL_H_
#define KERNELS_BENCH_BENCH_POOL_H_

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "kernels/parallel_for.h"

namespace winnow::kernels {

// Splits a range into nearly equal parts, one a thread; part 0 runs on the caller's. A call waits for work spinning for
// a while, as OpenMP does, so that short phases cost microseconds and not a wake-up.
//
// Threads  one call at a time.
class BenchPool {
 public:
  explicit BenchPool(int threads);
  ~BenchPool();

  BenchPool(const BenchPool&) = delete;
  BenchPool& operator=(const BenchPool&) = delete;

  // A ParallelFor: pass [&pool](int64_t count, RangeBody body) { pool.Run(count, body); }.
  void Run(int64_t count, RangeBody body);

 private:
  void Work(int index);
  void RunPart(int index);

  const int threads_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<int64_t> generation_{0};  // of calls; -1 ends the threads
  std::atomic<int> running_{0};
  int64_t count_ = 0;
  std::optional<RangeBody> body_;
  std::vector<std::thread> workers_;
};

}  // namespace winnow::kernels

#endif  // KERNELS_BENCH_BENCH_POOL_H_
