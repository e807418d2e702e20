// The scan and the allocation made of it, on a small net that has learnt something.
#include "worker/refit/sensitivity_scan.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/worker/training/tiny_training.h"
#include "worker/pruning/kernel_hessian.h"
#include "worker/pruning/sensitivity.h"
#include "worker/refit/winograd_pruner.h"

namespace winnow::worker {
namespace {

using torch::Tensor;

constexpr int kScanTile = 4;
constexpr int kScanImages = 192;

class SensitivityScanTest : public ::testing::Test {
 protected:
  SensitivityScanTest() : net_(TinyNet(4)) {
    sample_ = {.images = &tiny_.set, .assembler = &tiny_.assembler, .augmentation = {.crop_padding = 1}, .seed = 9};
    RecordingObserver observer;
    tiny_.recipe.epochs = 6;
    EXPECT_TRUE(Train(tiny_.Job(*net_), observer));
    for (ConvUnit* unit : net_->Prunable()) EXPECT_TRUE(ConvertToWinograd(*unit, kScanTile).ok());
  }

  double Accuracy() {
    return *AccuracyOn(*net_, sample_, kScanImages, [] { return true; });
  }

  // F^2 q^2, as the method "importance" has it.
  static Tensor Scores(ConvUnit& unit) {
    const Tensor kernel = unit.conv().kernel().detach();
    const std::vector<double> hessian = WhiteHessian(kScanTile);
    Tensor factors = torch::empty({36});
    for (int64_t k = 0; k < 36; ++k) factors[k] = hessian[static_cast<size_t>(k * 37)];
    return (kernel.square() * factors.view({6, 6})).contiguous();
  }

  // The accuracy once all below a score has gone from one layer.
  double AccuracyWithout(ConvUnit& unit, double score) {
    torch::NoGradGuard no_grad;
    Tensor kernel = unit.conv().kernel();
    const Tensor original = kernel.detach().clone();
    kernel.copy_(original * Scores(unit).ge(score));
    const double accuracy = Accuracy();
    kernel.copy_(original);
    return accuracy;
  }

  TinyTraining tiny_{256};
  std::shared_ptr<Net> net_;
  ImageSample sample_;
};

TEST_F(SensitivityScanTest, FindsWhereTheAccuracyFallsAndLeavesTheNetAlone) {
  const double full = Accuracy();
  ASSERT_GT(full, 0.6);
  const Tensor before = net_->FindConv("conv1")->conv().kernel().detach().clone();
  for (ConvUnit* unit : net_->Prunable()) {
    const Tensor scores = Scores(*unit);
    const auto scan =
        ScanLayer(*net_, *unit, scores, {.images = kScanImages, .accuracy = full}, sample_, [] { return true; });
    ASSERT_TRUE(scan);
    const std::span<const float> values(scores.data_ptr<float>(), static_cast<size_t>(scores.numel()));
    EXPECT_EQ(scan->score, ScoreAtRate(values, scan->rate));
    const double fallen = full - kSensitivityDrop;
    if (scan->rate < 0.949) {  // between two points of the grid
      const double below = std::floor(20 * scan->rate + 1e-9) / 20;
      if (below > 0) {
        EXPECT_GT(AccuracyWithout(*unit, ScoreAtRate(values, below)), fallen) << unit->name();
      }
      EXPECT_LE(AccuracyWithout(*unit, ScoreAtRate(values, below + 0.05)), fallen) << unit->name();
    }
  }
  EXPECT_TRUE(torch::equal(net_->FindConv("conv1")->conv().kernel(), before));
  EXPECT_FALSE(ScanLayer(*net_, *net_->FindConv("conv1"), Scores(*net_->FindConv("conv1")),
                         {.images = kScanImages, .accuracy = full}, sample_, [] { return false; }));
}

TEST_F(SensitivityScanTest, TheAllocationIsOneMultipleOfTheBaseScores) {
  spec::WinogradMethod method;
  method.allocation = spec::Allocation::kSensitivity;
  method.sensitivity_images = kScanImages;
  std::vector<PruneTarget> targets;
  std::vector<Tensor> scores;
  for (ConvUnit* unit : net_->Prunable()) {
    targets.push_back({.unit = unit, .rate = 0.6});
    scores.push_back(Scores(*unit));
  }
  targets.front().fixed_rate = true;
  targets.front().rate = 0.2;
  const auto layers = PruneNet(*net_, targets, kScanTile, method, &sample_, [] { return true; });
  ASSERT_TRUE(layers);
  EXPECT_NEAR((*layers)[0].reached, 0.2, 1e-2);
  EXPECT_EQ((*layers)[0].base_score, 0.0);
  // What has gone lies below one multiple of the base score in every layer, what stays above it.
  double highest_gone = 0, lowest_kept = 1e30, gone = 0, all = 0;
  for (size_t i = 1; i < layers->size(); ++i) {
    const PrunedLayer& layer = (*layers)[i];
    ASSERT_GT(layer.base_score, 0.0);
    EXPECT_GT(layer.fall_rate, 0.0);
    const Tensor multiples = scores[i] / layer.base_score;
    highest_gone = std::max(highest_gone, multiples.masked_select(layer.kept.eq(0)).max().item<double>());
    lowest_kept = std::min(lowest_kept, multiples.masked_select(layer.kept.ne(0)).min().item<double>());
    gone += layer.kept.eq(0).sum().item<double>();
    all += static_cast<double>(layer.kept.numel());
  }
  EXPECT_LE(highest_gone, lowest_kept * (1 + 1e-4));
  EXPECT_NEAR(gone / all, 0.6, 1e-3);
}

}  // namespace
}  // namespace winnow::worker
