#include "worker/data/batch_order.h"

#include <cstddef>
#include <numeric>
#include <utility>

#include "base/counter_random.h"

namespace winnow::worker {
namespace {

std::vector<uint32_t> Shuffle(uint64_t seed, RandomStream stream, uint32_t step, int64_t count) {
  std::vector<uint32_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0u);
  for (size_t i = order.size(); i > 1; --i) {
    const RandomWords words = RandomAt(seed, stream, step, i);
    std::swap(order[i - 1], order[RandomBelow(words[0], static_cast<uint32_t>(i))]);
  }
  return order;
}

std::vector<uint32_t> FixedPermutation(int64_t count) {
  return Shuffle(/*seed=*/0, RandomStream::kSubset, /*step=*/0, count);
}

}  // namespace

std::vector<uint32_t> EpochOrder(uint64_t seed, uint32_t epoch, int64_t count) {
  return Shuffle(seed, RandomStream::kOrder, epoch, count);
}

std::vector<uint32_t> TrainingSubset(int64_t count, int64_t limit, int64_t held_out) {
  const int64_t most = count - held_out;
  if (limit == 0 || limit > most) limit = most;
  if (limit == count) {
    std::vector<uint32_t> all(static_cast<size_t>(count));
    std::iota(all.begin(), all.end(), 0u);
    return all;
  }
  std::vector<uint32_t> order = FixedPermutation(count);
  order.resize(static_cast<size_t>(limit));
  return order;
}

std::vector<uint32_t> HeldOutSubset(int64_t count, int64_t held_out) {
  const std::vector<uint32_t> order = FixedPermutation(count);
  return {order.end() - held_out, order.end()};
}

}  // namespace winnow::worker
