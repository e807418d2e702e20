#include "worker/nn/allocator.h"

#include <cstdlib>
#include <limits>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace winnow::worker {

void KeepFreedMemory() {
#ifdef __GLIBC__
  // Nothing is mapped on its own, and as good as nothing of the heap's top goes back. Only the main arena can grow
  // without bound, so all threads share it; tensors are few and large enough that nobody waits for its lock.
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_ARENA_MAX, 1);
#endif
}

}  // namespace winnow::worker
