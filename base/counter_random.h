// Random numbers that are a function of a seed and a counter, so that any of them can be asked for in any order, on any
// thread and again after a restart, and be the same.
//
// Philox4x32 with 10 rounds (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011): four
// 32-bit words in, four out, under a 64-bit key.
//
// Threads    pure functions of their arguments.
#ifndef BASE_COUNTER_RANDOM_H_
#define BASE_COUNTER_RANDOM_H_

#include <array>
#include <cstdint>

namespace winnow {

using RandomWords = std::array<uint32_t, 4>;

inline RandomWords Philox(uint64_t key, RandomWords counter) {
  uint32_t key_low = static_cast<uint32_t>(key);
  uint32_t key_high = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53} * counter[0];
    const uint64_t b = uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<uint32_t>(b >> 32) ^ counter[1] ^ key_low, static_cast<uint32_t>(b),
               static_cast<uint32_t>(a >> 32) ^ counter[3] ^ key_high, static_cast<uint32_t>(a)};
    key_low += 0x9E3779B9;
    key_high += 0xBB67AE85;
  }
  return counter;
}

// What a stream of random numbers is used for. Streams of one seed never share a number.
enum class RandomStream : uint32_t { kOrder = 1, kAugmentation = 2, kDropout = 3, kInitialWeights = 4, kSubset = 5 };

// Four words for item `index` of step `step` in a stream.
inline RandomWords RandomAt(uint64_t seed, RandomStream stream, uint32_t step, uint64_t index) {
  return Philox(
      seed, {static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32), step, static_cast<uint32_t>(stream)});
}

// Maps 32 random bits to 0 .. bound-1 by multiplication (bias below bound / 2^32). bound >= 1.
inline uint32_t RandomBelow(uint32_t word, uint32_t bound) {
  return static_cast<uint32_t>((uint64_t{word} * bound) >> 32);
}

// [0, 1) in steps of 2^-24: every value is exact in float.
inline float RandomUnit(uint32_t word) { return static_cast<float>(word >> 8) * 0x1.0p-24f; }

}  // namespace winnow

#endif  // BASE_COUNTER_RANDOM_H_
