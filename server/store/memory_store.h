// The store in memory: the same contract, durability aside. For tests of what stands on the store.
#ifndef SERVER_STORE_MEMORY_STORE_H_
#define SERVER_STORE_MEMORY_STORE_H_

#include <cstddef>
#include <memory>

#include "base/clock.h"
#include "server/store/store.h"

namespace winnow::server {

struct MemoryStoreOptions {
  size_t max_queued = 10000;
  size_t max_batch = 1000;
};

// Borrows the clock.
std::unique_ptr<Store> MakeMemoryStore(const Clock* clock, const MemoryStoreOptions& options = {});

}  // namespace winnow::server

#endif  // SERVER_STORE_MEMORY_STORE_H_
