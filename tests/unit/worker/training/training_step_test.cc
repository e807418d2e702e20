// A step through our layers against the same step through LibTorch's operations.
#include "worker/training/training_step.h"

#include <gtest/gtest.h>

#include "spec/data_set.h"
#include "tests/unit/worker/nn/random_tensor.h"
#include "worker/pruning/gradient_divisors.h"

namespace winnow::worker {
namespace {

constexpr uint64_t kStepSeed = 5;
// Of the gradients' norm. Rounding by 1e-5 switches about as large a share of ReLUs and pools, and a gradient moves by
// the root of that share. The layers alone agree to 2e-5: blocked_training_test.cc, winograd_conv2d_test.cc.
constexpr double kBound = 2e-2;

struct StepCase {
  const char* network;
  double width;
  int tile_size;  // 0: spatial layers
  int64_t batch;  // 16, 32: blocked; others not
};
void PrintTo(const StepCase& c, std::ostream* to) { *to << c.network << " F" << c.tile_size << " batch " << c.batch; }

class TrainingStepTest : public ::testing::TestWithParam<StepCase> {
 protected:
  struct Trained {
    std::map<std::string, torch::Tensor> gradients, weights;
    double loss = 0;
  };

  // One step from the same weights, on the same images.
  Trained Step(spec::Arithmetic arithmetic) {
    const auto [name, width, tile_size, batch] = GetParam();
    const spec::DataSet data_set = *spec::FindDataSet("cifar-10");
    const auto net = *MakeNet(*spec::FindNetwork(name, width, data_set), kStepSeed);
    KernelMasks masks;
    std::map<std::string, torch::Tensor> divisors;
    uint64_t seed = kStepSeed;
    for (ConvUnit* unit : net->Prunable()) {
      if (tile_size == 0) break;
      EXPECT_TRUE(ConvertToWinograd(*unit, tile_size).ok());
      masks.Set(*net, unit->name(), RandomTensor(unit->conv().kernel().sizes().vec(), ++seed) > 0);
      divisors[unit->name()] = torch::tensor(GradientDivisors(tile_size, 1.5)).reshape({tile_size + 2, tile_size + 2});
    }
    net->train();
    spec::Training training;
    training.arithmetic = arithmetic;
    TrainingStep step(*net, training, masks, divisors);
    const torch::Tensor images = RandomTensor({batch, 3, 32, 32}, 1);
    const torch::Tensor labels = torch::arange(batch) % 10;
    Trained trained;
    trained.loss = step.Run(images, labels, 0.01, kStepSeed, 0).loss;
    for (const auto& item : net->named_parameters()) {
      trained.gradients[item.key()] = item.value().grad().clone();
      trained.weights[item.key()] = item.value().detach().clone();
    }
    for (const auto& [layer, kept] : masks.Kept()) {
      const torch::Tensor pruned = net->FindConv(layer)->conv().kernel().masked_select(kept.eq(0));
      EXPECT_EQ(pruned.count_nonzero().item<int64_t>(), 0) << layer;
    }
    return trained;
  }
};

// The gradients of pruned weights are not compared: LibTorch has them, and puts the weights back.
TEST_P(TrainingStepTest, IsLibTorchs) {
  const Trained ours = Step(spec::Arithmetic::kWinnow), theirs = Step(spec::Arithmetic::kLibTorch);
  EXPECT_NEAR(ours.loss, theirs.loss, 1e-4 * theirs.loss);
  double difference = 0, size = 0;
  for (const auto& [name, expected] : theirs.gradients) {
    const torch::Tensor kept = theirs.weights.at(name).ne(0);
    const torch::Tensor wanted = name.ends_with("winograd_weight") ? expected * kept : expected;
    difference += (ours.gradients.at(name) - wanted).to(torch::kFloat64).square().sum().item<double>();
    size += wanted.to(torch::kFloat64).square().sum().item<double>();
  }
  EXPECT_LT(std::sqrt(difference / size), kBound);
  for (const auto& [name, expected] : theirs.weights) {
    // Not relative: biases before a batch norm are nothing but rounding.
    EXPECT_LT((ours.weights.at(name) - expected).abs().max().item<double>(), 1e-3) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Nets, TrainingStepTest,
                         ::testing::Values(StepCase{"vgg-nagadomi", 0.25, 4, 16}, StepCase{"vgg-nagadomi", 0.25, 2, 32},
                                           StepCase{"vgg-nagadomi", 0.25, 4, 5}, StepCase{"vgg-nagadomi", 0.25, 0, 16},
                                           StepCase{"resnet-20", 1, 4, 16}, StepCase{"resnet-20", 1, 2, 7}));

// Steps of a small net without momentum or weight decay: weights move by minus the rate times the gradient.
class StepExtrasTest : public ::testing::Test {
 protected:
  std::shared_ptr<Net> MakeTiny(uint64_t seed) {
    const auto net = *MakeNet(*spec::FindNetwork("lenet-5-3x3", 1.0, *spec::FindDataSet("fashion-mnist")), seed);
    for (ConvUnit* unit : net->Prunable()) EXPECT_TRUE(ConvertToWinograd(*unit, 4).ok());
    net->train();
    return net;
  }

  // The loss, and the change of the last Winograd layer's kernel.
  std::pair<double, torch::Tensor> Step(StepExtras extras) {
    const auto net = MakeTiny(kStepSeed);
    spec::Training training;
    training.optimizer.momentum = 0;
    training.optimizer.weight_decay = 0;
    torch::Tensor& kernel = net->Prunable().back()->conv().kernel();
    const torch::Tensor before = kernel.detach().clone();
    TrainingStep step(*net, training, KernelMasks(), {}, std::move(extras));
    const double loss = step.Run(images_, labels_, 1e-3, kStepSeed, 0).loss;
    return {loss, kernel.detach() - before};
  }

  const torch::Tensor images_ = RandomTensor({16, 1, 32, 32}, 1);
  const torch::Tensor labels_ = torch::arange(16) % 10;
};

TEST_F(StepExtrasTest, PreconditionersMultiplyTheGradientOfEachKernel) {
  const torch::Tensor plain = Step({}).second;
  const int64_t n = plain.size(2) * plain.size(3);
  const torch::Tensor matrices = RandomTensor({plain.size(0), plain.size(1), n, n}, 8);
  StepExtras extras;
  extras.preconditioners[MakeTiny(kStepSeed)->Prunable().back()->name()] = matrices;
  const torch::Tensor expected =
      torch::matmul(matrices, plain.reshape({plain.size(0), plain.size(1), n, 1})).view(plain.sizes());
  EXPECT_LT(MaxRelativeError(Step(std::move(extras)).second, expected), 1e-2);  // differences of rounded weights
}

// Whether the layer divides its gradients itself or not, with the divisors over both terms.
TEST_F(StepExtrasTest, TheL1TermPullsCoefficientsOfMaskedLayersToZero) {
  const auto net = MakeTiny(kStepSeed);
  ConvUnit& unit = *net->Prunable().back();
  for (const spec::Arithmetic arithmetic : {spec::Arithmetic::kWinnow, spec::Arithmetic::kLibTorch}) {
    torch::Tensor moved[2];
    for (const double l1 : {0.0, 0.5}) {
      const auto own = MakeTiny(kStepSeed);
      torch::Tensor& kernel = own->FindConv(unit.name())->conv().kernel();
      KernelMasks masks;
      masks.Set(*own, unit.name(), RandomTensor(kernel.sizes().vec(), 3) > 0);
      masks.Hold(*own);
      const torch::Tensor before = kernel.detach().clone();
      spec::Training training;
      training.arithmetic = arithmetic;
      training.optimizer.momentum = 0;
      training.optimizer.weight_decay = 0;
      const torch::Tensor divisors = torch::tensor(GradientDivisors(4, 1.5)).reshape({6, 6});
      StepExtras extras;
      extras.l1 = l1;
      TrainingStep step(*own, training, masks, {{unit.name(), divisors}}, std::move(extras));
      step.Run(images_, labels_, 1e-3, kStepSeed, 0);
      moved[l1 > 0] = (kernel.detach() - before) * divisors;
      if (l1 == 0) continue;
      EXPECT_LT(MaxRelativeError(moved[1] - moved[0], -1e-3 * 0.5 * before.sign()), 1e-2);
    }
  }
}

TEST_F(StepExtrasTest, TheTeachersTermIsTheDivergenceFromIt) {
  const auto teacher = MakeTiny(kStepSeed + 1);
  teacher->eval();
  const auto student = MakeTiny(kStepSeed);
  torch::Tensor taught, own;
  {
    torch::NoGradGuard no_grad;
    taught = torch::softmax(teacher->forward(images_).to(torch::kFloat64) / 2.0, 1);
    student->SetDropoutStep(kStepSeed, 0);
    own = student->forward(images_).to(torch::kFloat64);
  }
  const double entropy = torch::nn::functional::cross_entropy(own, labels_).item<double>();
  const torch::Tensor q = torch::softmax(own / 2.0, 1);
  const double divergence = (taught * (taught / q).log()).sum(1).mean().item<double>();
  StepExtras extras;
  extras.teacher = teacher.get();
  extras.distillation = {.weight = 0.3, .temperature = 2.0};
  EXPECT_NEAR(Step(std::move(extras)).first, 0.7 * entropy + 0.3 * 4.0 * divergence, 1e-4);
}

TEST_F(StepExtrasTest, ATeacherLikeTheNetItselfAddsNothing) {
  const auto teacher = MakeTiny(kStepSeed);  // without dropout in its convolutions, but with it behind: in training too
  teacher->train();
  teacher->SetDropoutStep(kStepSeed, 0);
  StepExtras extras;
  extras.teacher = teacher.get();
  extras.distillation = {.weight = 1.0, .temperature = 4.0};
  EXPECT_NEAR(Step(std::move(extras)).first, 0.0, 1e-5);
}

}  // namespace
}  // namespace winnow::worker
