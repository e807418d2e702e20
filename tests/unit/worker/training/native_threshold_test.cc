#include "worker/training/native_threshold.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/transforms/importance_factors.h"
#include "kernels/transforms/winograd_variant.h"
#include "spec/data_set.h"
#include "tests/unit/worker/nn/random_tensor.h"
#include "worker/pruning/tile_size.h"
#include "worker/training/training_step.h"

namespace winnow::worker {
namespace {

using torch::Tensor;

class ThresholdScalesTest : public ::testing::TestWithParam<int> {};

// The norm of a row of A (x) A, by writing that matrix out.
TEST_P(ThresholdScalesTest, AreThoseOfTheKroneckerProduct) {
  const kernels::WinogradMatrices& matrices = kernels::MatricesOf(VariantOf(GetParam()));
  const Tensor scales = ThresholdScales(GetParam());
  const int m = matrices.m, alpha = matrices.alpha;
  for (int i = 0; i < alpha; ++i) {
    for (int j = 0; j < alpha; ++j) {
      double square = 0;
      for (int x = 0; x < m; ++x) {
        for (int y = 0; y < m; ++y) {
          const double entry =
              matrices.at[static_cast<size_t>(x * alpha + i)] * matrices.at[static_cast<size_t>(y * alpha + j)];
          square += entry * entry;
        }
      }
      EXPECT_NEAR(scales[i][j].item<double>() * std::sqrt(square), 1.0, 1e-6) << i << " " << j;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Tiles, ThresholdScalesTest, ::testing::Values(2, 4));

// So that in F(2,3) ranking by F |Q|, as pruning stages do, is ranking against scaled thresholds.
TEST(ThresholdScales, OfTwoByTwoTilesAreTheInversesOfTheImportanceFactors) {
  const Tensor scales = ThresholdScales(2).flatten();
  const std::vector<double> factors = kernels::ImportanceFactors(kernels::WinogradVariant::kF2K3);
  for (size_t k = 0; k < factors.size(); ++k) {
    EXPECT_NEAR(scales[static_cast<int64_t>(k)].item<double>() * factors[k], 2.0, 1e-5);  // |row of B^T|^2
  }
}

TEST(ThresholdsOf, FollowTheFormula) {
  const Tensor scales = ThresholdScales(4);
  const spec::NativeRule plain{.l1 = 0, .threshold = 0.01, .scale_threshold = false, .threshold_factor = 0};
  EXPECT_TRUE(torch::equal(ThresholdsOf(plain, scales, Tensor()), torch::full({6, 6}, 0.01F)));
  const spec::NativeRule scaled{.l1 = 0, .threshold = 0.01, .scale_threshold = true, .threshold_factor = 0};
  EXPECT_LT(MaxRelativeError(ThresholdsOf(scaled, scales, Tensor()), scales * 0.01), 1e-6);
  const spec::NativeRule guided{.l1 = 0, .threshold = 0.01, .scale_threshold = true, .threshold_factor = 10};
  const Tensor gradient = RandomTensor({2, 3, 6, 6}, 1);
  const Tensor found = ThresholdsOf(guided, scales, gradient);
  for (int64_t i = 0; i < gradient.numel(); ++i) {
    const double g = std::fabs(gradient.flatten()[i].item<double>());
    const double expected = scales.flatten()[i % 36].item<double>() / (g / 0.01 + 1 / (10 * 0.01));
    EXPECT_NEAR(found.flatten()[i].item<double>(), expected, 1e-6 * expected);
  }
  // Where the loss feels nothing, the whole factor.
  const Tensor still = ThresholdsOf(guided, scales, torch::zeros({1, 1, 6, 6}));
  EXPECT_LT(MaxRelativeError(still, (scales * 0.1).view({1, 1, 6, 6})), 1e-6);
}

class NativeStepTest : public ::testing::Test {
 protected:
  static std::shared_ptr<Net> MakeTiny(int tile_size) {
    const auto net = *MakeNet(*spec::FindNetwork("lenet-5-3x3", 1.0, *spec::FindDataSet("fashion-mnist")), 5);
    for (ConvUnit* unit : net->Prunable()) EXPECT_TRUE(ConvertToWinograd(*unit, tile_size).ok());
    net->train();
    return net;
  }

  static StepExtras Native(const Net& net, const spec::NativeRule& rule) {
    StepExtras extras;
    for (const ConvUnit* unit : net.Prunable()) extras.native_layers.push_back(unit->name());
    extras.native = rule;
    extras.l1 = rule.l1;
    return extras;
  }

  static spec::Training Plain() {
    spec::Training training;
    training.optimizer.momentum = 0;
    training.optimizer.weight_decay = 0;
    return training;
  }

  const Tensor images_ = RandomTensor({16, 1, 32, 32}, 1);
  const Tensor labels_ = torch::arange(16) % 10;
};

TEST_F(NativeStepTest, LeavesNothingBelowTheThresholdAndLetsItComeBack) {
  const auto net = MakeTiny(2);
  const spec::NativeRule rule{.l1 = 0, .threshold = 0.1, .scale_threshold = true, .threshold_factor = 0};
  TrainingStep step(*net, Plain(), KernelMasks(), {}, Native(*net, rule));
  const Tensor& kernel = net->Prunable().back()->conv().kernel();
  const Tensor thresholds = 0.1 * ThresholdScales(2);
  step.Run(images_, labels_, 1e-3, 5, 0);
  const Tensor zero = kernel.detach().eq(0);
  EXPECT_GT(zero.sum().item<int64_t>(), 0);
  EXPECT_TRUE((kernel.detach().abs().gt(thresholds) | zero).all().item<bool>());
  // Large steps carry some of them over the threshold again.
  for (uint64_t i = 1; i < 4; ++i) step.Run(images_, labels_, 1.0, 5, i);
  EXPECT_GT((kernel.detach().ne(0) & zero).sum().item<int64_t>(), 0);
}

TEST_F(NativeStepTest, AddsTheSignsToGradientsOfNativeLayers) {
  Tensor moved[2];
  Tensor before;
  for (const double l1 : {0.0, 0.5}) {
    const auto net = MakeTiny(4);
    const Tensor& kernel = net->Prunable().back()->conv().kernel();
    before = kernel.detach().clone();
    TrainingStep step(*net, Plain(), KernelMasks(), {}, Native(*net, {.l1 = l1}));
    step.Run(images_, labels_, 1e-3, 5, 0);
    moved[l1 > 0] = kernel.detach() - before;
  }
  EXPECT_LT(MaxRelativeError(moved[1] - moved[0], -5e-4 * before.sign()), 1e-2);  // differences of rounded weights
}

TEST_F(NativeStepTest, WithoutARuleIsAnOrdinaryStep) {
  Tensor kernels[2];
  for (const bool native : {false, true}) {
    const auto net = MakeTiny(4);
    TrainingStep step(*net, Plain(), KernelMasks(), {}, native ? Native(*net, {}) : StepExtras());
    step.Run(images_, labels_, 0.1, 5, 0);
    kernels[native] = net->Prunable().back()->conv().kernel().detach().clone();
  }
  EXPECT_TRUE(torch::equal(kernels[0], kernels[1]));
}

}  // namespace
}  // namespace winnow::worker
