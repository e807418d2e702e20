#include "worker/bench/layer_timing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "kernels/tuning/kernel_tuner.h"
#include "worker/bench/library_versions.h"

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;

constexpr kernels::ConvShape kSmall{.batch = 3, .in_channels = 5, .out_channels = 7, .height = 9, .width = 6};
// Channels that every library has a Winograd for.
constexpr kernels::ConvShape kEven{.batch = 2, .in_channels = 32, .out_channels = 32, .height = 16, .width = 16};

TEST(RandomProblem, HasExactlyTheZerosAskedForAndDependsOnTheSeed) {
  for (const kernels::WinogradVariant variant : kernels::kAllVariants) {
    const ConvProblem problem = RandomProblem(kSmall, variant, 0.63, 1);
    const auto count = static_cast<double>(5 * 7 * kernels::Positions(variant));
    EXPECT_EQ(problem.Sparsity(), std::round(0.63 * count) / count);
    EXPECT_EQ(RandomProblem(kSmall, variant, 0.63, 1).q, problem.q);
    EXPECT_NE(RandomProblem(kSmall, variant, 0.63, 2).q, problem.q);
  }
}

TEST(RandomProblem, PrunesByTheRuleOfSpatialPruningWhereAsked) {
  const kernels::ConvShape shape{.batch = 1, .in_channels = 16, .out_channels = 16, .height = 6, .width = 6};
  const ConvProblem problem = RandomProblem(shape, kernels::WinogradVariant::kF4K3, 0.5, 1, MaskKind::kStructured);
  EXPECT_NEAR(problem.Sparsity(), 0.5, 0.01);
  // That rule removes the corner coefficient of a filter only together with its corner weight, and the inner ones all
  // together.
  for (size_t filter = 0; filter < problem.q.size(); filter += 36) {
    int inner_zeros = 0;
    for (int i = 1; i < 5; ++i) {
      for (int j = 1; j < 5; ++j) inner_zeros += problem.q[filter + static_cast<size_t>(6 * i + j)] == 0 ? 1 : 0;
    }
    ASSERT_TRUE(inner_zeros == 0 || inner_zeros == 16) << filter / 36;
  }
}

TEST(RandomProblem, LetsOutputChannelsShareZerosWhereAsked) {
  constexpr size_t kOut = 18, kRow = 3 * 16;
  const kernels::ConvShape shape{.batch = 1, .in_channels = 3, .out_channels = kOut, .height = 6, .width = 6};
  for (const auto& [mask, group] :
       {std::pair(MaskKind::kGrouped2, size_t{2}), {MaskKind::kGrouped4, 4}, {MaskKind::kGrouped8, 8}}) {
    const ConvProblem problem = RandomProblem(shape, kernels::WinogradVariant::kF2K3, 0.63, 1, mask);
    const auto count = static_cast<double>(problem.q.size());
    EXPECT_LE(std::abs(problem.Sparsity() - 0.63) * count, static_cast<double>(group) / 2 + 0.5);
    for (size_t i = 0; i < problem.q.size(); ++i) {
      const size_t first = i / kRow / group * group * kRow + i % kRow;
      ASSERT_EQ(problem.q[i] == 0, problem.q[first] == 0) << i << " groups of " << group;
    }
  }
}

TEST(MaxRelativeError, SeesOneWrongPixelAndNotANumber) {
  const ConvProblem problem = RandomProblem(kSmall, kernels::WinogradVariant::kF2K3, 0.5, 1);
  kernels::ScratchBuffer scratch;
  const auto threads = PinnedThreads::Make(1);
  ASSERT_TRUE(threads);
  const auto ours = OurContender::Make(problem, threads->get(), &scratch);
  ASSERT_TRUE(ours);
  (*ours)->Run();
  std::vector<float> output = (*ours)->Output();
  EXPECT_LT(MaxRelativeError(problem, output), 1e-5);
  output.back() += 1;
  EXPECT_GT(MaxRelativeError(problem, output), 0.01);
  output.back() = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(MaxRelativeError(problem, output) <= kWrongResult);
}

TEST(PinnedThreads, CoverARangeOnceWithinTheirNumber) {
  const auto cores = static_cast<int>(AllowedCores().size());
  for (const int threads : {1, std::min(2, cores)}) {
    const auto pinned = PinnedThreads::Make(threads);
    ASSERT_TRUE(pinned);
    for (int round = 0; round < 200; ++round) {
      std::vector<int> seen(17, 0);
      (*pinned)->For(17, [&](int64_t begin, int64_t end, int thread) {
        ASSERT_LT(thread, threads);
        for (int64_t i = begin; i < end; ++i) ++seen[static_cast<size_t>(i)];
      });
      ASSERT_EQ(std::count(seen.begin(), seen.end(), 1), 17);
    }
  }
}

TEST(PinnedThreads, RefusesMoreThreadsThanCores) {
  const auto pinned = PinnedThreads::Make(static_cast<int>(AllowedCores().size()) + 1);
  ASSERT_FALSE(pinned);
  EXPECT_EQ(pinned.error().code(), StatusCode::kFailedPrecondition);
}

TEST(PinnedThreads, LetsTheCallerGoAfterwards) {
  const std::vector<int> before = AllowedCores();
  { ASSERT_TRUE(PinnedThreads::Make(1)); }
  EXPECT_EQ(AllowedCores(), before);
}

// Counts its runs.
class CountingContender : public Contender {
 public:
  explicit CountingContender(std::vector<int>* order, int index) : order_(order), index_(index) {}
  void Run() override { order_->push_back(index_); }
  std::string implementation() const override { return "counting"; }

 private:
  std::vector<int>* order_;
  int index_;
};

TEST(TimeInTurn, TakesEveryContenderEveryRoundAndTurnsTheOrder) {
  std::vector<int> order;
  CountingContender a(&order, 0), b(&order, 1);
  Contender* const contenders[] = {&a, &b};
  const auto ms = TimeInTurn(contenders, 5);
  ASSERT_EQ(ms.size(), 2U);
  EXPECT_EQ(ms[0].size(), 5U);
  EXPECT_EQ(ms[1].size(), 5U);
  std::vector<int> turns;  // without repeats
  for (const int index : order) {
    if (turns.empty() || turns.back() != index) turns.push_back(index);
  }
  // Warm-up 0 1, then 0 1 | 1 0 | 0 1 | 1 0 | 0 1, neighbours of a kind merged.
  EXPECT_EQ(turns, (std::vector<int>{0, 1, 0, 1, 0, 1, 0, 1}));
}

TEST(TimeLayer, MeasuresEveryPeerAsked) {
  const auto threads = PinnedThreads::Make(1);
  ASSERT_TRUE(threads);
  kernels::ScratchBuffer scratch;
  const std::vector<std::string> peers = {"onednn-direct", "onednn-winograd", "torch"};
  const ConvProblem problem = RandomProblem(kEven, kernels::WinogradVariant::kF4K3, 0.5, 1);
  const Result<LayerTiming> timing = TimeLayer(problem, peers, 3, threads->get(), &scratch);
  ASSERT_TRUE(timing) << timing.error().ToString();
  EXPECT_LT(timing->max_relative_error, 1e-4);
  EXPECT_GT(timing->ours_ms.min, 0);
  ASSERT_EQ(timing->peers.size(), 3U);
  ASSERT_TRUE(timing->peers.at("torch"));
  EXPECT_GT(timing->peers.at("torch")->ratio, 0);
  EXPECT_THAT(timing->peers.at("torch")->implementation, HasSubstr("LibTorch"));
  EXPECT_EQ(timing->peers.at("onednn-direct").has_value(), HasOnednnPeers());
  if (timing->peers.at("onednn-direct")) {
    EXPECT_NE(timing->peers.at("onednn-direct")->implementation, "");
  }
}

TEST(TimeLayer, TunesOursWhereAsked) {
  const auto threads = PinnedThreads::Make(1);
  ASSERT_TRUE(threads);
  kernels::ScratchBuffer scratch;
  const ConvProblem problem = RandomProblem(kEven, kernels::WinogradVariant::kF4K3, 0.5, 1);
  EXPECT_FALSE(TimeLayer(problem, {}, 3, threads->get(), &scratch)->tuned);
  auto tuner = kernels::KernelTuner::WithoutFile("here", {.budget_ms = 1e4, .rounds = 3});
  ASSERT_TRUE(tuner);
  const Result<LayerTiming> timing = TimeLayer(problem, {}, 3, threads->get(), &scratch, &*tuner);
  ASSERT_TRUE(timing) << timing.error().ToString();
  EXPECT_TRUE(timing->tuned);
  EXPECT_GE(timing->vectors, 1);
  EXPECT_GE(timing->channel_block, 1);
  EXPECT_LT(timing->max_relative_error, 1e-4);
}

TEST(TimeLayer, LeavesOutWhatALibraryCannotDo) {
  const auto threads = PinnedThreads::Make(1);
  ASSERT_TRUE(threads);
  kernels::ScratchBuffer scratch;
  const std::vector<std::string> peers = {"onednn-winograd"};
  // More padding than a same-sized output needs: oneDNN has no Winograd for it.
  const ConvProblem problem =
      RandomProblem({.batch = 1, .in_channels = 16, .out_channels = 16, .height = 8, .width = 8, .padding = 3},
                    kernels::WinogradVariant::kF4K3, 0, 1);
  const Result<LayerTiming> timing = TimeLayer(problem, peers, 3, threads->get(), &scratch);
  ASSERT_TRUE(timing) << timing.error().ToString();
  EXPECT_FALSE(timing->peers.at("onednn-winograd"));
}

TEST(MakePeer, NamesThePeersThereAre) {
  const ConvProblem problem = RandomProblem(kSmall, kernels::WinogradVariant::kF4K3, 0, 1);
  const auto peer = MakePeer("cudnn", problem);
  ASSERT_FALSE(peer);
  EXPECT_EQ(peer.error().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(peer.error().message(), HasSubstr("onednn-direct"));
}

}  // namespace
}  // namespace winnow::worker
