// Kernels with random weights for tests.
#ifndef TESTS_UNIT_WORKER_PRUNING_RANDOM_KERNELS_H_
#define TESTS_UNIT_WORKER_PRUNING_RANDOM_KERNELS_H_

#include <cstdint>
#include <vector>

#include "base/counter_random.h"

namespace winnow::worker {

// `count` values in [-1, 1), f(seed).
inline std::vector<float> RandomValues(uint64_t seed, size_t count) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) {
    values[i] = 2.0f * RandomUnit(RandomAt(seed, RandomStream::kInitialWeights, 0, i)[0]) - 1.0f;
  }
  return values;
}

}  // namespace winnow::worker

#endif  // TESTS_UNIT_WORKER_PRUNING_RANDOM_KERNELS_H_
