#include "worker/bench/pinned_threads.h"

#include <ATen/Parallel.h>
#include <omp.h>

#include <string>

namespace winnow::worker {
namespace {

constexpr int kSpins = 2000;  // some microseconds

void RunOnCore(int core) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(core, &one);
  ::sched_setaffinity(0, sizeof one, &one);
}

inline void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

std::vector<int> AllowedCores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  ::sched_getaffinity(0, sizeof allowed, &allowed);
  std::vector<int> cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &allowed)) cores.push_back(core);
  }
  return cores;
}

Result<std::unique_ptr<PinnedThreads>> PinnedThreads::Make(int threads) {
  const std::vector<int> cores = AllowedCores();
  if (threads < 1 || static_cast<size_t>(threads) > cores.size()) {
    return Err(FailedPrecondition("timing " + std::to_string(threads) +
                                  " threads needs as many cores; this process has " + std::to_string(cores.size()) +
                                  " (benchmark.threads of the spec, --threads)"));
  }
  return std::unique_ptr<PinnedThreads>(new PinnedThreads(threads, cores));
}

PinnedThreads::PinnedThreads(int threads, const std::vector<int>& cores) {
  ::sched_getaffinity(0, sizeof before_, &before_);
  // OpenMP's threads are made here, if they are not there yet, and keep their place afterwards.
  omp_set_num_threads(threads);
  at::set_num_threads(threads);
#pragma omp parallel num_threads(threads)
  RunOnCore(cores[static_cast<size_t>(omp_get_thread_num())]);
  for (int i = 1; i < threads; ++i) {
    workers_.emplace_back([this, i, core = cores[static_cast<size_t>(i)]] { Work(i, core); });
  }
}

PinnedThreads::~PinnedThreads() {
  stop_ = true;
  round_.fetch_add(1);
  round_.notify_all();
  for (std::thread& worker : workers_) worker.join();
  ::sched_setaffinity(0, sizeof before_, &before_);
}

void PinnedThreads::Share(int index) const {
  const int64_t begin = count_ * index / threads();
  const int64_t end = count_ * (index + 1) / threads();
  if (begin < end) (*body_)(begin, end, index);
}

void PinnedThreads::Work(int index, int core) {
  RunOnCore(core);
  uint64_t seen = 0;
  while (true) {
    for (int spin = 0; spin < kSpins && round_.load(std::memory_order_acquire) == seen; ++spin) Pause();
    round_.wait(seen, std::memory_order_acquire);
    seen = round_.load(std::memory_order_acquire);
    if (stop_) return;
    Share(index);
    running_.fetch_sub(1, std::memory_order_release);
  }
}

void PinnedThreads::For(int64_t count, kernels::RangeBody body) {
  if (workers_.empty()) {
    kernels::SerialFor(count, body);
    return;
  }
  count_ = count;
  body_ = &body;
  running_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  Share(0);
  while (running_.load(std::memory_order_acquire) != 0) Pause();
}

}  // namespace winnow::worker
