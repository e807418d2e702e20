#include "kernels/filter/xxh64.h"

#include <array>
#include <bit>
#include <cstring>

namespace winnow::kernels {
namespace {

static_assert(std::endian::native == std::endian::little, "the hash reads words in the machine's order");

constexpr uint64_t kPrime1 = 0x9E3779B185EBCA87;
constexpr uint64_t kPrime2 = 0xC2B2AE3D27D4EB4F;
constexpr uint64_t kPrime3 = 0x165667B19E3779F9;
constexpr uint64_t kPrime4 = 0x85EBCA77C2B2AE63;
constexpr uint64_t kPrime5 = 0x27D4EB2F165667C5;
constexpr size_t kLanes = 4;
constexpr size_t kStripeBytes = kLanes * sizeof(uint64_t);

template <typename Word>
Word Load(const std::byte* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

uint64_t Round(uint64_t lane, uint64_t word) { return std::rotl(lane + word * kPrime2, 31) * kPrime1; }

// Whole stripes of 32 bytes; returns the lanes in one.
uint64_t HashStripes(const std::byte* from, size_t stripes) {
  std::array<uint64_t, kLanes> lanes = {kPrime1 + kPrime2, kPrime2, 0, 0 - kPrime1};
  for (; stripes > 0; --stripes, from += kStripeBytes) {
    for (size_t i = 0; i < kLanes; ++i) lanes[i] = Round(lanes[i], Load<uint64_t>(from + i * sizeof(uint64_t)));
  }
  uint64_t hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) + std::rotl(lanes[3], 18);
  for (const uint64_t lane : lanes) hash = (hash ^ Round(0, lane)) * kPrime1 + kPrime4;
  return hash;
}

// The last, fewer than 32, bytes.
uint64_t HashTail(uint64_t hash, const std::byte* from, size_t size) {
  for (; size >= 8; size -= 8, from += 8) {
    hash = std::rotl(hash ^ Round(0, Load<uint64_t>(from)), 27) * kPrime1 + kPrime4;
  }
  if (size >= 4) {
    hash = std::rotl(hash ^ Load<uint32_t>(from) * kPrime1, 23) * kPrime2 + kPrime3;
    size -= 4;
    from += 4;
  }
  for (; size > 0; --size, ++from) {
    hash = std::rotl(hash ^ std::to_integer<uint64_t>(*from) * kPrime5, 11) * kPrime1;
  }
  return hash;
}

}  // namespace

uint64_t Xxh64(std::span<const std::byte> bytes) {
  const size_t stripes = bytes.size() / kStripeBytes;
  uint64_t hash = stripes > 0 ? HashStripes(bytes.data(), stripes) : kPrime5;
  hash = HashTail(hash + bytes.size(), bytes.data() + stripes * kStripeBytes, bytes.size() % kStripeBytes);
  hash = (hash ^ hash >> 33) * kPrime2;
  hash = (hash ^ hash >> 29) * kPrime3;
  return hash ^ hash >> 32;
}

}  // namespace winnow::kernels
