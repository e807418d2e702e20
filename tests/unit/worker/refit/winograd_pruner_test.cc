// Every combination of options on a small net.
#include "worker/refit/winograd_pruner.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/worker/nn/random_tensor.h"
#include "tests/unit/worker/training/tiny_training.h"
#include "worker/pruning/kernel_hessian.h"
#include "worker/pruning/winograd_mask.h"

namespace winnow::worker {
namespace {

using spec::Allocation;
using spec::Compensation;
using spec::Moments;
using spec::Selection;
using torch::Tensor;

constexpr int kPrunerTile = 4;
constexpr double kPrunerRate = 0.6;

class WinogradPrunerTest : public ::testing::Test {
 protected:
  WinogradPrunerTest() {
    sample_ = {.images = &tiny_.set, .assembler = &tiny_.assembler, .augmentation = {.crop_padding = 1}, .seed = 9};
  }

  std::shared_ptr<Net> Converted() {
    const std::shared_ptr<Net> net = TinyNet(4);
    for (ConvUnit* unit : net->Prunable()) EXPECT_TRUE(ConvertToWinograd(*unit, kPrunerTile).ok());
    return net;
  }

  std::vector<PrunedLayer> Prune(Net& net, const spec::WinogradMethod& method, double rate = kPrunerRate) {
    std::vector<PruneTarget> targets;
    for (ConvUnit* unit : net.Prunable()) targets.push_back({.unit = unit, .rate = rate});
    return PruneNet(net, targets, kPrunerTile, method, &sample_, [] { return true; }).value();
  }

  Tensor Logits(Net& net) {
    net.eval();
    torch::NoGradGuard no_grad;
    Tensor logits;
    sample_.ForEachBatch(64, [&](const Tensor& images, const Tensor&) {
      logits = net.forward(images);
      return true;
    });
    return logits;
  }

  // How far the pruned net's logits are from the dense one's.
  double Damage(const spec::WinogradMethod& method) {
    const std::shared_ptr<Net> net = Converted();
    const Tensor before = Logits(*net);
    Prune(*net, method);
    return (Logits(*net) - before).square().mean().item<double>();
  }

  TinyTraining tiny_{64};
  ImageSample sample_;
};

spec::WinogradMethod Method(Selection selection, Moments moments, Compensation compensation,
                            Allocation allocation = Allocation::kUniform) {
  spec::WinogradMethod method;
  method.moment_images = 64;
  method.sensitivity_images = 64;
  method.selection = selection;
  method.moments = moments;
  method.compensation = compensation;
  method.allocation = allocation;
  return method;
}

TEST_F(WinogradPrunerTest, EveryCombinationReachesTheRateAndHoldsItsMask) {
  for (const Selection selection : {Selection::kImportance, Selection::kSecondOrder}) {
    for (const Moments moments : {Moments::kWhite, Moments::kMeasured}) {
      for (const Compensation compensation : {Compensation::kNone, Compensation::kKernel, Compensation::kLayer}) {
        for (const Allocation allocation :
             {Allocation::kUniform, Allocation::kErk, Allocation::kWork, Allocation::kSize, Allocation::kSensitivity}) {
          SCOPED_TRACE(std::string(spec::SelectionText(selection)) + " " + std::string(spec::MomentsText(moments)) +
                       " " + std::string(spec::CompensationText(compensation)) + " " +
                       std::string(spec::AllocationText(allocation)));
          spec::WinogradMethod method = Method(selection, moments, compensation, allocation);
          method.fisher_rows = allocation == Allocation::kSize;
          method.centre_outputs = allocation == Allocation::kWork;
          const std::shared_ptr<Net> net = Converted();
          double pruned = 0, all = 0;
          for (const PrunedLayer& layer : Prune(*net, method)) {
            const ConvUnit* const unit = net->FindConv(layer.name);
            const Tensor kernel = const_cast<ConvUnit*>(unit)->conv().kernel().detach();
            EXPECT_TRUE(torch::isfinite(kernel).all().item<bool>());
            EXPECT_EQ((kernel * layer.kept.eq(0)).abs().max().item<float>(), 0.0f);
            const auto weight =
                static_cast<double>(kernel.numel()) *
                (allocation == Allocation::kWork ? static_cast<double>(unit->layer().tiles(kPrunerTile)) : 1.0);
            pruned += layer.reached * weight;
            all += weight;
            if (allocation == Allocation::kUniform) {
              EXPECT_NEAR(layer.reached, kPrunerRate, 1e-3);
            }
          }
          EXPECT_NEAR(pruned / all, kPrunerRate, 2e-3);
        }
      }
    }
  }
}

TEST_F(WinogradPrunerTest, WithItsDefaultsItIsThePapersRule) {
  const std::shared_ptr<Net> net = Converted();
  std::map<std::string, Tensor> before;
  for (ConvUnit* unit : net->Prunable()) before[unit->name()] = unit->conv().kernel().detach().clone();
  for (const PrunedLayer& layer : Prune(*net, spec::WinogradMethod())) {
    const Tensor& q = before.at(layer.name);
    const WinogradMask mask =
        PruneWinograd({q.data_ptr<float>(), static_cast<size_t>(q.numel())}, kPrunerRate, kPrunerTile, true);
    EXPECT_TRUE(torch::equal(layer.kept.flatten(), torch::tensor(mask.kept, torch::kUInt8)));
    EXPECT_TRUE(torch::equal(net->FindConv(layer.name)->conv().kernel(), q * layer.kept));
  }
}

// What the options are for: each does less damage than the one before it.
TEST_F(WinogradPrunerTest, ForesightAndCompensationDoLessDamage) {
  const double importance = Damage(Method(Selection::kImportance, Moments::kWhite, Compensation::kNone));
  const double compensated = Damage(Method(Selection::kImportance, Moments::kWhite, Compensation::kKernel));
  const double greedy = Damage(Method(Selection::kSecondOrder, Moments::kMeasured, Compensation::kKernel));
  const double joint = Damage(Method(Selection::kSecondOrder, Moments::kMeasured, Compensation::kLayer));
  EXPECT_LT(compensated, importance);
  EXPECT_LT(greedy, compensated);
  EXPECT_LT(joint, greedy);
}

TEST_F(WinogradPrunerTest, RoundsPruneInStepsAndNeverGiveBack) {
  spec::WinogradMethod method = Method(Selection::kSecondOrder, Moments::kMeasured, Compensation::kLayer);
  method.rounds = 3;
  const std::shared_ptr<Net> net = Converted();
  std::vector<Tensor> earlier;
  for (const PrunedLayer& layer : Prune(*net, method, 0.3)) earlier.push_back(layer.kept);
  const std::vector<PrunedLayer> later = Prune(*net, method, 0.6);
  for (size_t i = 0; i < later.size(); ++i) {
    EXPECT_NEAR(later[i].reached, 0.6, 1e-3);
    EXPECT_EQ((later[i].kept * earlier[i].eq(0)).sum().item<int64_t>(), 0) << later[i].name;
  }
}

TEST_F(WinogradPrunerTest, FixedRatesHoldWhateverTheAllocation) {
  const std::shared_ptr<Net> net = Converted();
  std::vector<PruneTarget> targets;
  for (ConvUnit* unit : net->Prunable()) targets.push_back({.unit = unit, .rate = kPrunerRate});
  targets[0].rate = 0.2;
  targets[0].fixed_rate = true;
  const auto method = Method(Selection::kSecondOrder, Moments::kWhite, Compensation::kKernel, Allocation::kWork);
  const auto layers = PruneNet(*net, targets, kPrunerTile, method, &sample_, [] { return true; });
  EXPECT_NEAR(layers->front().reached, 0.2, 1e-3);
}

TEST_F(WinogradPrunerTest, RefusesANetThatHasDivergedAndNamesTheLayer) {
  const std::shared_ptr<Net> net = Converted();
  ConvUnit& last = *net->Prunable().back();
  {
    torch::NoGradGuard no_grad;
    last.conv().kernel().view({-1})[0] = std::numeric_limits<float>::quiet_NaN();
  }
  try {
    Prune(*net, Method(Selection::kSecondOrder, Moments::kMeasured, Compensation::kLayer));
    FAIL() << "pruned a net that is not finite";
  } catch (const c10::Error& error) {
    EXPECT_NE(std::string(error.what()).find("layer " + last.name() + " has weights"), std::string::npos);
  }
}

TEST_F(WinogradPrunerTest, StopsWhenAsked) {
  const std::shared_ptr<Net> net = Converted();
  std::vector<PruneTarget> targets = {{.unit = net->Prunable().front(), .rate = kPrunerRate}};
  const auto method = Method(Selection::kSecondOrder, Moments::kWhite, Compensation::kKernel);
  EXPECT_FALSE(PruneNet(*net, targets, kPrunerTile, method, &sample_, [] { return false; }));
}

// A step of gradient descent with it, under white inputs, ends at the least squares solution of each kernel when the
// rate is 1 / m^2: the preconditioner is m^2 times the inverse.
TEST_F(WinogradPrunerTest, PreconditionerInvertsTheSurvivorsHessian) {
  for (const int tile : {2, 4}) {
    const int64_t a = tile + 2, n = a * a;
    const Tensor kept = (RandomTensor({2, 3, a, a}, 5) > 0).to(torch::kUInt8);
    const Tensor inverses = KernelPreconditioner(kept, tile).to(torch::kFloat64);
    const Tensor hessian = torch::tensor(WhiteHessian(tile), torch::kFloat64).view({n, n});
    for (int64_t o = 0; o < 2; ++o) {
      for (int64_t c = 0; c < 3; ++c) {
        const Tensor keep = kept[o][c].flatten().to(torch::kFloat64);
        const Tensor product = torch::mm(inverses[o][c], hessian) * keep.unsqueeze(0);
        EXPECT_LT(MaxRelativeError(product / (tile * tile), torch::diag(keep)), 1e-2);
      }
    }
  }
}

}  // namespace
}  // namespace winnow::worker
