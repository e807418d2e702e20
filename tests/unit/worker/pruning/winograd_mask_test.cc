#include "worker/pruning/winograd_mask.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/transforms/importance_factors.h"
#include "tests/unit/worker/pruning/random_kernels.h"
#include "worker/pruning/tile_size.h"

namespace winnow::worker {
namespace {

int64_t Pruned(const WinogradMask& mask) { return std::count(mask.kept.begin(), mask.kept.end(), 0); }

class PruneWinogradOf : public testing::TestWithParam<int> {
 protected:
  size_t per_kernel() const { return static_cast<size_t>((GetParam() + 2) * (GetParam() + 2)); }
};

TEST_P(PruneWinogradOf, PrunesExactlyTheRoundedNumber) {
  const std::vector<float> q = RandomValues(3, per_kernel() * 37);
  for (const double rate : {0.0, 0.001, 0.1, 1.0 / 3.0, 0.6, 0.999, 1.0}) {
    const WinogradMask mask = PruneWinograd(q, rate, GetParam(), true);
    EXPECT_EQ(Pruned(mask), std::llround(rate * static_cast<double>(q.size()))) << rate;
    EXPECT_EQ(mask.pruned, Pruned(mask));
    EXPECT_DOUBLE_EQ(mask.reached, static_cast<double>(mask.pruned) / static_cast<double>(q.size()));
  }
}

TEST_P(PruneWinogradOf, PrunesTheSmallestByImportance) {
  for (const bool importance : {true, false}) {
    const std::vector<float> q = RandomValues(4, per_kernel() * 25);
    const std::vector<double> factors = kernels::NormalizedImportanceFactors(VariantOf(GetParam()));
    const auto score = [&](size_t i) {
      return (importance ? factors[i % per_kernel()] : 1.0) * std::fabs(static_cast<double>(q[i]));
    };
    std::vector<size_t> order(q.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return score(a) < score(b); });
    const WinogradMask mask = PruneWinograd(q, 0.4, GetParam(), importance);
    for (size_t place = 0; place < order.size(); ++place) {
      ASSERT_EQ(mask.kept[order[place]], static_cast<int64_t>(place) < mask.pruned ? 0 : 1)
          << "place " << place << ", importance " << importance;
    }
  }
}

TEST_P(PruneWinogradOf, TiesGoByIndex) {
  // Without importance factors all are equal.
  const std::vector<float> q(per_kernel() * 2, -0.25f);
  const WinogradMask mask = PruneWinograd(q, 0.25, GetParam(), false);
  const auto pruned = static_cast<size_t>(mask.pruned);
  for (size_t i = 0; i < q.size(); ++i) EXPECT_EQ(mask.kept[i], i < pruned ? 0 : 1) << i;
}

TEST_P(PruneWinogradOf, ZerosCountAmongThem) {
  std::vector<float> q = RandomValues(5, per_kernel() * 10);
  for (size_t i = 0; i < q.size(); i += 5) q[i] = i % 2 == 0 ? 0.0f : -0.0f;
  const WinogradMask mask = PruneWinograd(q, 0.5, GetParam(), true);
  EXPECT_EQ(Pruned(mask), std::llround(0.5 * static_cast<double>(q.size())));
  for (size_t i = 0; i < q.size(); i += 5) EXPECT_EQ(mask.kept[i], 0) << i;
}

TEST_P(PruneWinogradOf, MoreZerosThanAskedForStay) {
  std::vector<float> q(per_kernel() * 4, 0.0f);
  q[7] = 1.0f;
  const WinogradMask mask = PruneWinograd(q, 0.5, GetParam(), true);
  EXPECT_EQ(Pruned(mask), static_cast<int64_t>(q.size()) - 1);
  EXPECT_EQ(mask.kept[7], 1);
  EXPECT_GT(mask.reached, 0.5);
}

TEST_P(PruneWinogradOf, TheTiniestWeightIsNotAZero) {
  std::vector<float> q(per_kernel(), 0.0f);
  q[per_kernel() - 1] = 1e-45f;  // the smallest float there is
  const WinogradMask mask = PruneWinograd(q, 0.0, GetParam(), true);
  EXPECT_EQ(mask.kept.back(), 1);
}

TEST_P(PruneWinogradOf, MaskGrowsAlongTheLadder) {
  std::vector<float> q = RandomValues(6, per_kernel() * 50);
  std::vector<uint8_t> before(q.size(), 1);
  for (const double rate : {0.3, 0.5, 0.6, 0.7, 0.9}) {
    const WinogradMask mask = PruneWinograd(q, rate, GetParam(), true);
    for (size_t i = 0; i < q.size(); ++i) {
      ASSERT_LE(mask.kept[i], before[i]) << i << " came back at " << rate;
      q[i] = mask.kept[i] == 0 ? 0.0f : q[i] * (1.0f + 0.2f * static_cast<float>(i % 4));
    }
    before = mask.kept;
  }
}

INSTANTIATE_TEST_SUITE_P(TileSizes, PruneWinogradOf, testing::Values(2, 4));

}  // namespace
}  // namespace winnow::worker
