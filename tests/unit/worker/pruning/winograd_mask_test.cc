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

// A layer of `out_channels` by `in_channels` whose masks are chosen by groups.
struct GroupCase {
  int group;
  int64_t out_channels;
  int64_t in_channels;
};
constexpr GroupCase kGroupCases[] = {{2, 8, 5}, {4, 8, 5}, {8, 16, 3}, {4, 11, 5}, {8, 5, 4}, {2, 7, 1}, {4, 1, 3}};

TEST_P(PruneWinogradOf, GroupsShareTheirMaskAndTheNumberIsTheNearest) {
  for (const GroupCase& c : kGroupCases) {
    const size_t row = static_cast<size_t>(c.in_channels) * per_kernel();
    const auto outs = static_cast<size_t>(c.out_channels), size = static_cast<size_t>(c.group);
    const std::vector<float> q = RandomValues(7, row * outs);
    for (const double rate : {0.0, 0.1, 0.37, 0.6, 0.999, 1.0}) {
      SCOPED_TRACE(testing::Message() << "groups of " << c.group << " of " << outs << " rate " << rate);
      const WinogradMask mask = PruneWinograd(q, rate, GetParam(), true, {c.group, c.in_channels});
      EXPECT_EQ(mask.pruned, Pruned(mask));
      EXPECT_DOUBLE_EQ(mask.reached, static_cast<double>(mask.pruned) / static_cast<double>(q.size()));
      for (size_t o = 0; o < outs; ++o) {
        for (size_t i = 0; i < row; ++i) {
          ASSERT_EQ(mask.kept[o * row + i], mask.kept[o / size * size * row + i]) << o << " " << i;
        }
      }
      const int64_t wanted = std::llround(rate * static_cast<double>(q.size()));
      if (rate == 0.0 || rate == 1.0) {
        EXPECT_EQ(mask.pruned, wanted);
      }
      EXPECT_LE(2 * std::abs(mask.pruned - wanted), c.group);
    }
  }
}

TEST_P(PruneWinogradOf, GroupsGoByTheMeanOfTheirSquares) {
  for (const bool importance : {true, false}) {
    for (const GroupCase& c : kGroupCases) {
      SCOPED_TRACE(testing::Message() << "groups of " << c.group << " of " << c.out_channels);
      const size_t row = static_cast<size_t>(c.in_channels) * per_kernel();
      const std::vector<float> q = RandomValues(8, row * static_cast<size_t>(c.out_channels));
      const std::vector<double> factors = kernels::NormalizedImportanceFactors(VariantOf(GetParam()));
      const auto change = [&](size_t first) {  // of the output, for each coefficient of the group
        double sum = 0.0;
        int members = 0;
        for (size_t i = first; i < q.size() && members < c.group; i += row, ++members) {
          const double one = (importance ? factors[i % per_kernel()] : 1.0) * static_cast<double>(q[i]);
          sum += one * one;
        }
        return sum / members;
      };
      const WinogradMask mask = PruneWinograd(q, 0.4, GetParam(), importance, {c.group, c.in_channels});
      double largest_pruned = 0.0, smallest_kept = INFINITY;
      for (size_t group = 0; group < q.size(); group += static_cast<size_t>(c.group) * row) {
        for (size_t first = group; first < std::min(group + row, q.size()); ++first) {
          double& bound = mask.kept[first] == 0 ? largest_pruned : smallest_kept;
          bound = mask.kept[first] == 0 ? std::max(bound, change(first)) : std::min(bound, change(first));
        }
      }
      EXPECT_LT(largest_pruned, smallest_kept);
    }
  }
}

TEST_P(PruneWinogradOf, TiesOfGroupsGoByIndex) {
  const std::vector<float> q(per_kernel() * 3 * 8, 0.5f);
  const WinogradMask mask = PruneWinograd(q, 0.25, GetParam(), false, {4, 3});
  const size_t row = per_kernel() * 3, groups = static_cast<size_t>(mask.pruned) / 4;
  EXPECT_EQ(mask.pruned, static_cast<int64_t>(q.size() / 4));
  for (size_t i = 0; i < q.size(); ++i) {
    EXPECT_EQ(mask.kept[i], i / row < 4 && i % row < groups ? 0 : 1) << i;
  }
}

// Zeros of the spatial stage come back where their group stays, and go where it is all zeros.
TEST_P(PruneWinogradOf, ZerosInAGroupThatStaysAreKept) {
  std::vector<float> q = RandomValues(9, per_kernel() * 4);
  q[per_kernel() + 3] = 0.0f;
  for (size_t o = 0; o < 4; ++o) q[o * per_kernel() + 5] = 0.0f;
  const WinogradMask mask = PruneWinograd(q, 0.0, GetParam(), true, {4, 1});
  EXPECT_EQ(mask.pruned, 4);
  for (size_t i = 0; i < q.size(); ++i) EXPECT_EQ(mask.kept[i], i % per_kernel() == 5 ? 0 : 1) << i;
}

INSTANTIATE_TEST_SUITE_P(TileSizes, PruneWinogradOf, testing::Values(2, 4));

}  // namespace
}  // namespace winnow::worker
