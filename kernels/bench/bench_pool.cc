#include "kernels/bench/bench_pool.h"

namespace winnow::kernels {
namespace {

constexpr int kSpins = 20000;

}  // namespace

BenchPool::BenchPool(int threads) : threads_(threads) {
  for (int i = 1; i < threads; ++i) workers_.emplace_back([this, i] { Work(i); });
}

BenchPool::~BenchPool() {
  {
    const std::lock_guard lock(mutex_);
    generation_ = -1;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void BenchPool::Run(int64_t count, RangeBody body) {
  count_ = count;
  body_.emplace(body);
  running_ = threads_ - 1;
  {
    const std::lock_guard lock(mutex_);
    ++generation_;
  }
  wake_.notify_all();
  RunPart(0);
  while (running_ != 0) std::this_thread::yield();
}

void BenchPool::RunPart(int index) {
  const int64_t begin = count_ * index / threads_;
  const int64_t end = count_ * (index + 1) / threads_;
  if (begin < end) (*body_)(begin, end, index);
}

void BenchPool::Work(int index) {
  for (int64_t done = 0;; ++done) {
    for (int spin = 0; spin < kSpins && generation_ == done; ++spin) {
    }
    if (generation_ == done) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return generation_ != done; });
    }
    if (generation_ < 0) return;
    RunPart(index);
    --running_;
  }
}

}  // namespace winnow::kernels
