// Test values from an explicit seed.
#ifndef TESTS_UNIT_KERNELS_RANDOM_FLOATS_H_
#define TESTS_UNIT_KERNELS_RANDOM_FLOATS_H_

#include <cstdint>
#include <random>
#include <vector>

namespace winnow::kernels {

// Normal with deviation 1.
inline std::vector<float> RandomFloats(int64_t size, uint32_t seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(size);
  for (float& value : values) value = normal(generator);
  return values;
}

// Sets all but a share `density` of the values to zero, at random.
inline void PruneRandomly(double density, uint32_t seed, std::vector<float>& values) {
  std::mt19937 generator(seed);
  std::bernoulli_distribution keep(density);
  for (float& value : values) {
    if (!keep(generator)) value = 0;
  }
}

}  // namespace winnow::kernels

#endif  // TESTS_UNIT_KERNELS_RANDOM_FLOATS_H_
