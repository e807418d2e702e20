// The threads and memory of a worker: what stages use, what an open request for a lease may be given, what is free.
#ifndef WORKER_AGENT_RESOURCE_POOL_H_
#define WORKER_AGENT_RESOURCE_POOL_H_

#include <algorithm>
#include <cstdint>

namespace winnow::worker {

struct Resources {
  int threads = 0;
  int64_t memory_bytes = 0;

  friend bool operator==(const Resources&, const Resources&) = default;
};

inline Resources operator+(Resources a, const Resources& b) {
  return {a.threads + b.threads, a.memory_bytes + b.memory_bytes};
}

// Whoever asks for a lease first takes out of the pool what the lease may use, so that two requests at a time can never
// be granted the same thread. Pure. Threads    one at a time.
class ResourcePool {
 public:
  explicit ResourcePool(Resources all) : free_(all) {}

  const Resources& free() const { return free_; }

  // Takes everything that is free; nothing (all zeros) where no thread is.
  Resources TakeAll() {
    if (free_.threads <= 0) return {};
    const Resources taken = free_;
    free_ = {};
    return taken;
  }

  // Gives back what of `taken` the lease that was granted does not use; returns what it keeps. A lease that uses more
  // than was offered keeps what there is.
  Resources Settle(const Resources& taken, const Resources& used) {
    const Resources kept{std::min(taken.threads, std::max(used.threads, 1)),
                         std::min(taken.memory_bytes, used.memory_bytes)};
    Release({taken.threads - kept.threads, taken.memory_bytes - kept.memory_bytes});
    return kept;
  }

  void Release(const Resources& resources) { free_ = free_ + resources; }

 private:
  Resources free_;
};

}  // namespace winnow::worker

#endif  // WORKER_AGENT_RESOURCE_POOL_H_
