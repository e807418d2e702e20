// Which image comes when.
#ifndef WORKER_DATA_BATCH_ORDER_H_
#define WORKER_DATA_BATCH_ORDER_H_

#include <cstdint>
#include <vector>

namespace winnow::worker {

// The order of 0 .. count-1 in one epoch (counted from 1): f(seed, epoch), a Fisher-Yates shuffle over counter-based
// numbers.
std::vector<uint32_t> EpochOrder(uint64_t seed, uint32_t epoch, int64_t count);

// The first `limit` images of the fixed permutation that `train_limit` speaks of; it depends on nothing but `count`,
// so a smaller limit is a prefix of a larger one. limit 0 or >= count - held_out: all but those held out, which without
// any is 0 .. count-1 in file order. 0 <= held_out <= count.
std::vector<uint32_t> TrainingSubset(int64_t count, int64_t limit, int64_t held_out = 0);

// The last `held_out` images of the same permutation: never part of TrainingSubset(count, any limit, held_out).
std::vector<uint32_t> HeldOutSubset(int64_t count, int64_t held_out);

}  // namespace winnow::worker

#endif  // WORKER_DATA_BATCH_ORDER_H_
