#include "worker/pruning/regrowth.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "kernels/transforms/importance_factors.h"
#include "worker/pruning/tile_size.h"

namespace winnow::worker {
namespace {

struct Layer {
  SwapScores scores;
  std::vector<uint8_t> kept;
};

// Few values, so that there are ties.
Layer RandomLayer(size_t count, uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::uniform_int_distribution<int> value(0, 9), coin(0, 2);
  Layer layer;
  for (size_t i = 0; i < count; ++i) {
    layer.kept.push_back(coin(generator) == 0);
    layer.scores.importance.push_back(layer.kept.back() ? static_cast<float>(1 + value(generator)) : 0.0f);
    layer.scores.growth.push_back(static_cast<float>(value(generator)));
  }
  return layer;
}

// One at a time, by looking through all.
std::vector<uint8_t> SwapOneByOne(const Layer& layer, int64_t count) {
  std::vector<uint8_t> mask = layer.kept;
  for (int64_t round = 0; round < count; ++round) {
    size_t least = mask.size();
    for (size_t i = 0; i < mask.size(); ++i) {
      const auto& importance = layer.scores.importance;
      if (mask[i] != 0 && (least == mask.size() || importance[i] < importance[least])) least = i;
    }
    mask[least] = 0;
  }
  for (int64_t round = 0; round < count; ++round) {
    size_t steepest = mask.size();
    for (size_t i = 0; i < mask.size(); ++i) {
      const auto& growth = layer.scores.growth;
      if (mask[i] == 0 && (steepest == mask.size() || growth[i] > growth[steepest])) steepest = i;
    }
    mask[steepest] = 1;
  }
  return mask;
}

TEST(SwapLeastForSteepest, IsWhatOneByOneGives) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const Layer layer = RandomLayer(97, seed);
    const auto survivors = std::count(layer.kept.begin(), layer.kept.end(), uint8_t{1});
    for (const double fraction : {0.0, 0.1, 0.3, 0.5, 1.0}) {
      const std::vector<uint8_t> mask = SwapLeastForSteepest(layer.scores, layer.kept, fraction);
      EXPECT_EQ(mask, SwapOneByOne(layer, std::llround(fraction * static_cast<double>(survivors))))
          << seed << " " << fraction;
      EXPECT_EQ(std::count(mask.begin(), mask.end(), uint8_t{1}), survivors);
    }
  }
}

TEST(SwapLeastForSteepest, ChangesNothingWhereNothingIsPrunedOrKept) {
  Layer layer = RandomLayer(10, 1);
  layer.kept.assign(10, 1);
  EXPECT_EQ(SwapLeastForSteepest(layer.scores, layer.kept, 0.5), layer.kept);
  layer.kept.assign(10, 0);
  EXPECT_EQ(SwapLeastForSteepest(layer.scores, layer.kept, 0.5), layer.kept);
}

// Importance and growth multiply to |q g| whatever the factors: the coordinates change, what a step gains does not.
TEST(ScoresForSwap, MeasureInUnitsOfTheOutput) {
  for (const int tile_size : {2, 4}) {
    const auto positions = static_cast<size_t>((tile_size + 2) * (tile_size + 2));
    const std::vector<double> factors = kernels::NormalizedImportanceFactors(VariantOf(tile_size));
    std::vector<float> q, gradient;
    for (size_t i = 0; i < 2 * positions; ++i) {
      q.push_back(std::sin(static_cast<float>(i) + 1.0f));
      gradient.push_back(std::cos(3.0f * static_cast<float>(i)));
    }
    const SwapScores with = ScoresForSwap(q, gradient, tile_size, true);
    const SwapScores without = ScoresForSwap(q, gradient, tile_size, false);
    for (size_t i = 0; i < q.size(); ++i) {
      EXPECT_FLOAT_EQ(with.importance[i], std::fabs(q[i]) * static_cast<float>(factors[i % positions]));
      EXPECT_FLOAT_EQ(with.growth[i], std::fabs(gradient[i]) / static_cast<float>(factors[i % positions]));
      EXPECT_FLOAT_EQ(without.importance[i], std::fabs(q[i]));
      EXPECT_FLOAT_EQ(without.growth[i], std::fabs(gradient[i]));
    }
  }
}

}  // namespace
}  // namespace winnow::worker
