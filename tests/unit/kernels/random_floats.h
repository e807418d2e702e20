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

// The same of coefficients [out_channels][...], but `group` neighbouring output channels share their mask.
inline void PruneByGroups(double density, int64_t group, int64_t out_channels, uint32_t seed,
                          std::vector<float>& values) {
  std::mt19937 generator(seed);
  std::bernoulli_distribution keep(density);
  const int64_t size = static_cast<int64_t>(values.size()) / out_channels;
  for (int64_t o = 0; o < out_channels; ++o) {
    for (int64_t i = o * size; i < (o + 1) * size; ++i) {
      const bool kept = o % group == 0 ? keep(generator) : values[i - o % group * size] != 0;
      if (!kept) values[i] = 0;
    }
  }
}

}  // namespace winnow::kernels

#endif  // TESTS_UNIT_KERNELS_RANDOM_FLOATS_H_
