#include "worker/pruning/spatial_groups.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace winnow::worker {
namespace {

constexpr size_t kWeights = 9;

// A group of weights that goes as one: it dies at every threshold above its largest magnitude.
struct Group {
  std::array<uint8_t, 9> members;
  size_t size;
};

// Corners, border rows and columns, the kernel. Weight (u, v) is 3 u + v.
constexpr std::array<Group, 9> kGroups = {{
    {{0}, 1},
    {{2}, 1},
    {{6}, 1},
    {{8}, 1},
    {{0, 1, 2}, 3},
    {{6, 7, 8}, 3},
    {{0, 3, 6}, 3},
    {{2, 5, 8}, 3},
    {{0, 1, 2, 3, 4, 5, 6, 7, 8}, 9},
}};

// Coefficients that die with a group and with no smaller one inside it.
int64_t CoefficientsOf(const Group& group, int64_t tile_size) {
  if (group.size == 1) return 1;
  return group.size == 3 ? tile_size : tile_size * tile_size;
}

float LargestMagnitude(const Group& group, const float* kernel) {
  float largest = 0.0f;
  for (size_t i = 0; i < group.size; ++i) largest = std::max(largest, std::fabs(kernel[group.members[i]]));
  return largest;
}

// A number of coefficients that are zero at every threshold above `magnitude`.
struct Death {
  float magnitude;
  int64_t coefficients;
};

std::vector<Death> SortedDeaths(std::span<const float> weights, int tile_size) {
  std::vector<Death> deaths;
  deaths.reserve(weights.size());
  for (size_t at = 0; at < weights.size(); at += kWeights) {
    for (const Group& group : kGroups) {
      deaths.push_back({LargestMagnitude(group, weights.data() + at), CoefficientsOf(group, tile_size)});
    }
  }
  std::sort(deaths.begin(), deaths.end(), [](const Death& a, const Death& b) { return a.magnitude < b.magnitude; });
  return deaths;
}

int64_t CoefficientCount(std::span<const float> weights, int tile_size) {
  return static_cast<int64_t>(weights.size() / kWeights) * (tile_size + 2) * (tile_size + 2);
}

// Coefficients of the groups whose largest magnitude `dies`.
template <typename Predicate>
int64_t CountCoefficients(std::span<const float> weights, int tile_size, Predicate dies) {
  int64_t zeros = 0;
  for (size_t at = 0; at < weights.size(); at += kWeights) {
    for (const Group& group : kGroups) {
      if (dies(LargestMagnitude(group, weights.data() + at))) zeros += CoefficientsOf(group, tile_size);
    }
  }
  return zeros;
}

}  // namespace

std::vector<uint8_t> SpatialMask(std::span<const float> weights, float threshold) {
  std::vector<uint8_t> kept(weights.size(), 1);
  for (size_t at = 0; at < weights.size(); at += kWeights) {
    for (const Group& group : kGroups) {
      if (!(LargestMagnitude(group, weights.data() + at) < threshold)) continue;
      for (size_t i = 0; i < group.size; ++i) kept[at + group.members[i]] = 0;
    }
  }
  return kept;
}

double WinogradZeroShare(std::span<const float> weights, float threshold, int tile_size) {
  const auto zeros = static_cast<double>(
      CountCoefficients(weights, tile_size, [threshold](float largest) { return largest < threshold; }));
  return weights.empty() ? 0.0 : zeros / static_cast<double>(CoefficientCount(weights, tile_size));
}

int64_t CountWinogradZeros(std::span<const float> weights, int tile_size) {
  return CountCoefficients(weights, tile_size, [](float largest) { return largest == 0.0f; });
}

ThresholdChoice ChooseThreshold(std::span<const float> weights, double target, int tile_size) {
  if (weights.empty()) return {};
  const std::vector<Death> deaths = SortedDeaths(weights, tile_size);
  const auto count = static_cast<double>(CoefficientCount(weights, tile_size));

  // Group deaths change only at group maxima, so these are the only magnitudes whose choice makes a difference. Each
  // candidate is the magnitude of the first group that stays; the last one lies above them all.
  ThresholdChoice best;
  double best_distance = std::numeric_limits<double>::infinity();
  int64_t zeros = 0;
  size_t next = 0;
  while (true) {
    // Zeros go at any threshold: none of the candidates is 0.
    const bool candidate = next == deaths.size() || deaths[next].magnitude > 0.0f;
    if (candidate) {
      const double reached = static_cast<double>(zeros) / count;
      const double distance = std::fabs(reached - target);
      if (distance < best_distance) {
        best_distance = distance;
        best.reached = reached;
        best.threshold = next < deaths.size()
                             ? deaths[next].magnitude
                             : std::nextafter(deaths.back().magnitude, std::numeric_limits<float>::infinity());
      }
    }
    if (next == deaths.size()) return best;
    const float magnitude = deaths[next].magnitude;
    for (; next < deaths.size() && deaths[next].magnitude == magnitude; ++next) zeros += deaths[next].coefficients;
  }
}

}  // namespace winnow::worker
