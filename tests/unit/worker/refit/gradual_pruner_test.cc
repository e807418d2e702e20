// Masks that change in the retraining: what they become, and that an interrupted retraining ends like an undisturbed
// one.
#include "worker/refit/gradual_pruner.h"

#include <gtest/gtest.h>

#include "tests/unit/worker/training/tiny_training.h"
#include "worker/pruning/gradient_divisors.h"

namespace winnow::worker {
namespace {

using spec::PruningSchedule;
using spec::Regrowth;
using torch::Tensor;

constexpr int kTile = 4;
constexpr double kRate = 0.6;
constexpr int64_t kStepsPerEpoch = 4;  // 100 images in batches of 32

struct Stage {
  std::shared_ptr<Net> net;
  std::unique_ptr<GradualPruner> pruner;
  KernelMasks masks;
};

class GradualPrunerTest : public ::testing::Test {
 protected:
  GradualPrunerTest() {
    sample_ = {.images = &tiny_.set, .assembler = &tiny_.assembler, .augmentation = {.crop_padding = 1}, .seed = 9};
    tiny_.recipe.learning_rate.initial = 1e-3;
    tiny_.recipe.epochs = 4;
  }

  static spec::WinogradMethod Method(PruningSchedule schedule, Regrowth regrowth) {
    spec::WinogradMethod method;
    method.mask_changes = {.schedule = schedule, .regrowth = regrowth, .mask_interval = 3};
    return method;
  }

  // A net as winograd_prune has it before its first step.
  Stage Begin(const spec::WinogradMethod& method) {
    Stage stage{.net = TinyNet(1), .pruner = nullptr, .masks = {}};
    std::vector<PruneTarget> targets;
    for (ConvUnit* unit : stage.net->Prunable()) {
      EXPECT_TRUE(ConvertToWinograd(*unit, kTile).ok());
      targets.push_back({.unit = unit, .rate = kRate});
    }
    const ChangeTimes times = TimesOf(method.mask_changes, tiny_.recipe.epochs, kStepsPerEpoch);
    stage.pruner =
        std::make_unique<GradualPruner>(*stage.net, targets, kTile, method, &sample_, times, [] { return true; });
    const std::vector<PrunedLayer> layers = stage.pruner->Begin().value();
    for (const PrunedLayer& layer : layers) {
      stage.masks.Set(*stage.net, layer.name, layer.kept);
    }
    return stage;
  }

  TrainingJob Job(Stage& stage) {
    TrainingJob job = tiny_.Job(*stage.net);
    job.masks = &stage.masks;
    job.changer = stage.pruner.get();
    job.dense_copies = stage.pruner->dense_copies();
    for (const auto& [layer, kept] : stage.masks.Kept()) {
      job.gradient_divisors[layer] = torch::tensor(GradientDivisors(kTile, 1.5)).reshape({6, 6});
    }
    return job;
  }

  static int64_t Zeros(const Tensor& kept) { return kept.eq(0).sum().item<int64_t>(); }

  // That every layer has the rate's zeros in mask and kernel.
  static void ExpectRate(Net& net, const std::map<std::string, Tensor>& kept, bool grown_may_be_zero) {
    for (const auto& [layer, mask] : kept) {
      const Tensor kernel = net.FindConv(layer)->conv().kernel().detach();
      EXPECT_EQ(Zeros(mask), std::llround(kRate * static_cast<double>(mask.numel()))) << layer;
      EXPECT_EQ((kernel * mask.eq(0)).abs().max().item<float>(), 0.0f) << layer;
      if (!grown_may_be_zero) {
        EXPECT_EQ(Zeros(kernel), Zeros(mask)) << layer;
      }
    }
  }

  TinyTraining tiny_;
  ImageSample sample_;
};

std::vector<std::pair<PruningSchedule, Regrowth>> Combinations() {
  return {{PruningSchedule::kCubic, Regrowth::kNone},
          {PruningSchedule::kStep, Regrowth::kDenseCopy},
          {PruningSchedule::kStep, Regrowth::kRigl},
          {PruningSchedule::kCubic, Regrowth::kDenseCopy},
          {PruningSchedule::kCubic, Regrowth::kRigl}};
}

TEST_F(GradualPrunerTest, WithoutChangesItIsThePruningOfAStep) {
  Stage stage = Begin(spec::WinogradMethod());
  ExpectRate(*stage.net, stage.masks.Kept(), false);
  EXPECT_TRUE(stage.pruner->dense_copies().empty());
}

TEST_F(GradualPrunerTest, EveryCombinationEndsAtTheRate) {
  for (const auto& [schedule, regrowth] : Combinations()) {
    for (const spec::Arithmetic arithmetic : {spec::Arithmetic::kWinnow, spec::Arithmetic::kLibTorch}) {
      SCOPED_TRACE(std::string(spec::PruningScheduleText(schedule)) + " " + std::string(spec::RegrowthText(regrowth)) +
                   " " + std::string(spec::ArithmeticText(arithmetic)));
      tiny_.recipe.arithmetic = arithmetic;
      Stage stage = Begin(Method(schedule, regrowth));
      if (schedule == PruningSchedule::kCubic) {
        for (const auto& [layer, kept] : stage.masks.Kept()) EXPECT_EQ(Zeros(kept), 0) << layer;
      }
      RecordingObserver observer;
      const Result<TrainingOutcome> outcome = Train(Job(stage), observer);
      ASSERT_TRUE(outcome) << outcome.error().ToString();
      ExpectRate(*stage.net, outcome->kept, regrowth == Regrowth::kRigl);
      if (schedule == PruningSchedule::kStep) {
        EXPECT_FALSE(stage.masks.SameAs(outcome->kept)) << "nothing came back";
      }
    }
  }
}

// Stopped before any step, also just before a change, saved as a resume point is, and gone on with by a process that
// knows nothing but that and the stage's parent.
TEST_F(GradualPrunerTest, ResumesToTheSameEndBitForBit) {
  for (const auto& [schedule, regrowth] : Combinations()) {
    for (const spec::Preconditioner preconditioner : {spec::Preconditioner::kFactors, spec::Preconditioner::kKernel}) {
      spec::WinogradMethod method = Method(schedule, regrowth);
      method.preconditioner = preconditioner;
      Stage whole = Begin(method);
      RecordingObserver undisturbed;
      const Result<TrainingOutcome> end = Train(Job(whole), undisturbed);
      ASSERT_TRUE(end) << end.error().ToString();
      // Before a change, behind one, and behind the last; with the preconditioner, which takes longer, one of them.
      const bool all = preconditioner == spec::Preconditioner::kFactors;
      for (const int64_t stop_at : all ? std::vector<int64_t>{3, 4, 13} : std::vector<int64_t>{6}) {
        SCOPED_TRACE(std::string(spec::PruningScheduleText(schedule)) + " " +
                     std::string(spec::RegrowthText(regrowth)) + " " + std::to_string(stop_at));
        Stage broken = Begin(method);
        RecordingObserver before(stop_at), after;
        ASSERT_TRUE(Train(Job(broken), before)->stopped);
        ASSERT_EQ(before.points.size(), 1U);
        Stage resumed = Begin(method);
        {
          torch::NoGradGuard no_grad;
          const auto from = broken.net->named_parameters(), from_buffers = broken.net->named_buffers();
          for (auto& item : resumed.net->named_parameters()) item.value().copy_(from[item.key()]);
          for (auto& item : resumed.net->named_buffers()) item.value().copy_(from_buffers[item.key()]);
        }
        TrainingJob job = Job(resumed);
        job.resume = before.points.front();
        const Result<TrainingOutcome> ended = Train(job, after);
        ASSERT_TRUE(ended) << ended.error().ToString();
        EXPECT_TRUE(SameNet(*whole.net, *resumed.net));
        EXPECT_EQ(undisturbed.epochs.back().train_loss, after.epochs.back().train_loss);
        for (const auto& [layer, kept] : end->kept) EXPECT_TRUE(torch::equal(kept, ended->kept.at(layer))) << layer;
      }
    }
  }
}

// The zeros of the layers before each change are those of the formula, and nothing comes back.
TEST_F(GradualPrunerTest, CubicPrunesByTheFormulaAndGivesNothingBack) {
  Stage stage = Begin(Method(PruningSchedule::kCubic, Regrowth::kNone));
  const ChangeTimes times{.last = 12, .interval = 3};
  MaskState state{.kept = stage.masks.Kept(), .dense_copies = {}};
  for (const int64_t step : {3, 6, 9, 12}) {
    ASSERT_TRUE(stage.pruner->ChangesBefore(step));
    EXPECT_FALSE(stage.pruner->ChangesBefore(step + 1));
    const std::map<std::string, Tensor> before = state.kept;
    ASSERT_TRUE(stage.pruner->Change(step, {}, state));
    for (const auto& [layer, kept] : state.kept) {
      const auto count = static_cast<double>(kept.numel());
      EXPECT_EQ(Zeros(kept), std::llround(CubicRate(0.0, kRate, step, times) * count)) << layer << " " << step;
      EXPECT_EQ((kept * before.at(layer).eq(0)).sum().item<int64_t>(), 0) << layer;
    }
  }
}

// An allocation takes more of some layers than of others, and at no change more of them together than the formula says.
TEST_F(GradualPrunerTest, CubicWithAnAllocationHasTheFormulasShareOfAllLayers) {
  spec::WinogradMethod method = Method(PruningSchedule::kCubic, Regrowth::kNone);
  method.sensitivity_images = 64;
  for (const spec::Allocation allocation :
       {spec::Allocation::kErk, spec::Allocation::kSize, spec::Allocation::kSensitivity}) {
    SCOPED_TRACE(spec::AllocationText(allocation));
    method.allocation = allocation;
    Stage stage = Begin(method);
    MaskState state{.kept = stage.masks.Kept(), .dense_copies = {}};
    for (const int64_t step : {3, 6, 9, 12}) {
      ASSERT_TRUE(stage.pruner->Change(step, {}, state));
      double zeros = 0, all = 0;
      for (const auto& [layer, kept] : state.kept) {
        zeros += static_cast<double>(Zeros(kept));
        all += static_cast<double>(kept.numel());
      }
      EXPECT_NEAR(zeros / all, CubicRate(0.0, kRate, step, {.last = 12, .interval = 3}), 1e-3) << step;
    }
  }
}

// The copy of a pruned coefficient moves by the gradient of the pruned net, and is taken when it has grown.
TEST_F(GradualPrunerTest, DenseCopiesTakeBackWhatHasGrown) {
  Stage stage = Begin(Method(PruningSchedule::kStep, Regrowth::kDenseCopy));
  MaskState state{.kept = stage.masks.Kept(), .dense_copies = stage.pruner->dense_copies()};
  Tensor& copy = state.dense_copies.at("conv1");
  Tensor& kept = state.kept.at("conv1");
  const int64_t pruned = kept.view(-1).eq(0).nonzero()[0].item<int64_t>();
  copy.view(-1)[pruned] = 100.0f;
  const Tensor before = kept.clone();
  ASSERT_TRUE(stage.pruner->Change(3, {}, state));
  EXPECT_EQ(state.kept.at("conv1").view(-1)[pruned].item<int>(), 1);
  EXPECT_EQ(Zeros(state.kept.at("conv1")), Zeros(before));
  EXPECT_EQ(stage.net->FindConv("conv1")->conv().kernel().view(-1)[pruned].item<float>(), 100.0f);
  EXPECT_FALSE(state.dense_copies.empty());
  ASSERT_TRUE(stage.pruner->Change(12, {}, state));
  EXPECT_TRUE(state.dense_copies.empty());  // nobody asks again
}

TEST_F(GradualPrunerTest, RiglGrowsWhereTheGradientIsSteepest) {
  spec::WinogradMethod method = Method(PruningSchedule::kStep, Regrowth::kRigl);
  method.importance_factors = false;
  Stage stage = Begin(method);
  MaskState state{.kept = stage.masks.Kept(), .dense_copies = {}};
  std::map<std::string, Tensor> gradients;
  for (const auto& [layer, kept] : state.kept) gradients[layer] = torch::zeros(kept.sizes());
  const int64_t pruned = state.kept.at("conv2").view(-1).eq(0).nonzero()[5].item<int64_t>();
  gradients.at("conv2").view(-1)[pruned] = -2.0f;
  ASSERT_TRUE(stage.pruner->WantsGradients(3));
  EXPECT_FALSE(stage.pruner->ChangesBefore(12));  // the fraction is 0 by then
  const std::map<std::string, Tensor> before = state.kept;
  ASSERT_TRUE(stage.pruner->Change(3, gradients, state));
  EXPECT_EQ(state.kept.at("conv2").view(-1)[pruned].item<int>(), 1);
  for (const auto& [layer, kept] : state.kept) EXPECT_EQ(Zeros(kept), Zeros(before.at(layer))) << layer;
}

TEST_F(GradualPrunerTest, PruningPreconditionersTakeInWhatIsPrunedWhereItTrainsOn) {
  const Tensor kept = torch::ones({1, 1, 4, 4}, torch::kUInt8);
  kept.view(-1)[5] = 0;
  const Tensor without = KernelPreconditioner(kept, 2), with = KernelPreconditioner(kept, 2, /*with_pruned=*/true);
  EXPECT_EQ(without[0][0][5].abs().max().item<float>(), 0.0f);
  EXPECT_FLOAT_EQ(with[0][0][5][5].item<float>(), 4.0f / 16.0f);  // m^2 / M_kk, M_kk = F^2 = 4^2 in the middle
  EXPECT_EQ((with - without).count_nonzero().item<int64_t>(), 1);
}

}  // namespace
}  // namespace winnow::worker
