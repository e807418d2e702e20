// Threads that stay on a core of their own, for timings of several threads.
#ifndef WORKER_BENCH_PINNED_THREADS_H_
#define WORKER_BENCH_PINNED_THREADS_H_

#include <sched.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "base/result.h"
#include "kernels/parallel_for.h"

namespace winnow::worker {

// Cores this process may run on, in ascending order.
std::vector<int> AllowedCores();

// The calling thread, `threads` - 1 threads of its own, and OpenMP's (those of oneDNN and LibTorch), thread i of each
// kind on the i-th allowed core. OpenMP and LibTorch are told to use `threads`.
//
// Ownership  the destructor ends the threads, and lets the caller's thread run anywhere it could before.
// Threads    made, used and destroyed by one thread. Its threads spin for some microseconds after work, then sleep, so
//            that they disturb no peer that is timed in between.
class PinnedThreads {
 public:
  // kFailedPrecondition when there are fewer cores than threads: shared cores would time the scheduler.
  static Result<std::unique_ptr<PinnedThreads>> Make(int threads);
  ~PinnedThreads();
  PinnedThreads(const PinnedThreads&) = delete;
  PinnedThreads& operator=(const PinnedThreads&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // A ParallelFor of kernels/: thread i takes the i-th of `threads` nearly equal ranges.
  void For(int64_t count, kernels::RangeBody body);

 private:
  PinnedThreads(int threads, const std::vector<int>& cores);
  void Work(int index, int core);
  void Share(int index) const;

  cpu_set_t before_;
  std::vector<std::thread> workers_;
  std::atomic<uint64_t> round_{0};  // raised to hand out work
  std::atomic<int> running_{0};     // workers that have not finished the round
  std::atomic<bool> stop_{false};
  int64_t count_ = 0;                         // written before round_ is raised
  const kernels::RangeBody* body_ = nullptr;  // likewise
};

}  // namespace winnow::worker

#endif  // WORKER_BENCH_PINNED_THREADS_H_
