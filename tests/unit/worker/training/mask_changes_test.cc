// What a change of the masks does to a step, to the optimizer and to the loop.
#include <gtest/gtest.h>

#include "tests/unit/worker/nn/random_tensor.h"
#include "tests/unit/worker/training/tiny_training.h"
#include "worker/pruning/gradient_divisors.h"
#include "worker/training/training_step.h"

namespace winnow::worker {
namespace {

using torch::Tensor;

constexpr int kTile = 4;

Tensor HalfKept(Net& net, uint64_t seed) {
  return (RandomTensor(net.FindConv("conv1")->conv().kernel().sizes().vec(), seed) > 0).to(torch::kUInt8);
}

// A net with one masked layer in the Winograd domain, and a batch for it.
struct Prepared {
  explicit Prepared(spec::Arithmetic arithmetic) : net(TinyNet(3)) {
    EXPECT_TRUE(ConvertToWinograd(*net->FindConv("conv1"), kTile).ok());
    masks.Set(*net, "conv1", HalfKept(*net, 1));
    recipe.arithmetic = arithmetic;
    recipe.optimizer.weight_decay = 0;
    divisors["conv1"] = torch::tensor(GradientDivisors(kTile, 1.5)).reshape({6, 6});
    net->train();
  }
  Tensor& kernel() { return net->FindConv("conv1")->conv().kernel(); }

  std::shared_ptr<Net> net;
  KernelMasks masks;
  spec::Training recipe = TinyRecipe();
  std::map<std::string, Tensor> divisors;
  const Tensor images = RandomTensor({16, 1, 32, 32}, 1);
  const Tensor labels = torch::arange(16) % 10;
};

class MaskChangesTest : public ::testing::TestWithParam<spec::Arithmetic> {};

// Against autograd through LibTorch's operations, which leave nothing out and divide nothing.
TEST_P(MaskChangesTest, KernelGradientsAreWholeAndUndivided) {
  Prepared own(GetParam()), reference(spec::Arithmetic::kLibTorch);
  TrainingStep step(*own.net, own.recipe, own.masks, own.divisors),
      plain(*reference.net, reference.recipe, reference.masks, {});
  const Tensor before = own.kernel().detach().clone();
  std::map<std::string, Tensor> gradients, expected;
  const auto figures = step.KernelGradients(own.images, own.labels, 5, 0, gradients);
  const auto wanted = plain.KernelGradients(reference.images, reference.labels, 5, 0, expected);
  EXPECT_NEAR(figures.loss, wanted.loss, 1e-4 * wanted.loss);
  EXPECT_TRUE(torch::equal(own.kernel(), before));
  const Tensor difference = gradients.at("conv1") - expected.at("conv1");
  EXPECT_LT((difference.norm() / expected.at("conv1").norm()).item<double>(), 2e-2);
  const Tensor pruned = own.masks.Kept().at("conv1").eq(0);
  EXPECT_GT(gradients.at("conv1").masked_select(pruned).count_nonzero().item<int64_t>(),
            pruned.sum().item<int64_t>() / 2);
  // And the next step is as it would have been.
  Prepared other(GetParam());
  TrainingStep undisturbed(*other.net, other.recipe, other.masks, other.divisors);
  step.Run(own.images, own.labels, 0.01, 5, 1);
  undisturbed.Run(other.images, other.labels, 0.01, 5, 1);
  EXPECT_TRUE(torch::equal(own.kernel(), other.kernel()));
}

TEST_P(MaskChangesTest, OtherMasksHoldFromThenOnAndNothingIsRemembered) {
  Prepared own(GetParam());
  TrainingStep step(*own.net, own.recipe, own.masks, own.divisors);
  for (uint64_t i = 0; i < 3; ++i) step.Run(own.images, own.labels, 0.01, 5, i);
  const Tensor before = own.masks.Kept().at("conv1"), after = HalfKept(*own.net, 2);
  step.SetMaskState({.kept = {{"conv1", after}}, .dense_copies = {}}, {});
  const Tensor state = step.optimizer().SaveState().at("conv1.winograd_weight.momentum_buffer");
  EXPECT_EQ((state * (before * after).eq(0)).count_nonzero().item<int64_t>(), 0);
  EXPECT_GT((state * (before * after)).count_nonzero().item<int64_t>(), 0);
  for (uint64_t i = 3; i < 6; ++i) step.Run(own.images, own.labels, 0.01, 5, i);
  EXPECT_EQ((own.kernel() * after.eq(0)).count_nonzero().item<int64_t>(), 0);
  const Tensor grown = after * before.eq(0);
  EXPECT_GT((own.kernel() * grown).count_nonzero().item<int64_t>(), grown.sum().item<int64_t>() / 2);
}

// w <- w - rate g on the copy, g the gradient of the masked net: checked against that gradient taken by itself.
TEST_P(MaskChangesTest, DenseCopiesMoveByTheGradientOfTheMaskedNet) {
  Prepared own(GetParam());
  own.recipe.optimizer.momentum = 0;
  TrainingStep step(*own.net, own.recipe, own.masks, {});
  const Tensor copy = RandomTensor(own.kernel().sizes().vec(), 7);
  {
    torch::NoGradGuard no_grad;
    own.kernel().copy_(copy);
  }
  step.SetMaskState({.kept = own.masks.Kept(), .dense_copies = {{"conv1", copy.clone()}}}, {});
  const Tensor kept = own.masks.Kept().at("conv1");
  EXPECT_TRUE(torch::equal(own.kernel(), copy * kept));
  std::map<std::string, Tensor> gradients;
  step.KernelGradients(own.images, own.labels, 5, 0, gradients);
  step.Run(own.images, own.labels, 0.5, 5, 0);
  const Tensor moved = step.mask_state().dense_copies.at("conv1");
  EXPECT_LT((moved - (copy - 0.5 * gradients.at("conv1"))).abs().max().item<double>(), 1e-5);
  EXPECT_TRUE(torch::equal(own.kernel(), moved * kept));
}

INSTANTIATE_TEST_SUITE_P(Arithmetics, MaskChangesTest,
                         ::testing::Values(spec::Arithmetic::kWinnow, spec::Arithmetic::kLibTorch));

// Asks to change before every third step and says no to the second change.
class RefusingChanger : public MaskChanger {
 public:
  bool ChangesBefore(int64_t step) const override { return step > 0 && step % 3 == 0; }
  bool WantsGradients(int64_t) const override { return true; }
  bool Change(int64_t step, const std::map<std::string, Tensor>& gradients, MaskState& state) override {
    steps.push_back(step);
    EXPECT_EQ(gradients.size(), state.kept.size());
    return steps.size() < 2;
  }
  std::map<std::string, Tensor> Preconditioners(const MaskState&) const override { return {}; }

  std::vector<int64_t> steps;
};

TEST(Train, StoppedInAChangeItEndsThereAndSavesNothing) {
  TinyTraining tiny;
  const std::shared_ptr<Net> net = TinyNet(1);
  tiny.masks.Set(*net, "conv1", torch::ones(net->FindConv("conv1")->conv().kernel().sizes(), torch::kUInt8));
  RefusingChanger changer;
  TrainingJob job = tiny.Job(*net);
  job.changer = &changer;
  RecordingObserver observer;
  const Result<TrainingOutcome> outcome = Train(job, observer);
  ASSERT_TRUE(outcome) << outcome.error().ToString();
  EXPECT_TRUE(outcome->stopped);
  EXPECT_EQ(changer.steps, (std::vector<int64_t>{3, 6}));
  EXPECT_EQ(observer.progress.size(), 6U);
  EXPECT_TRUE(observer.points.empty());
}

}  // namespace
}  // namespace winnow::worker
