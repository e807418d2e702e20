#include "worker/training/optimizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kSeed = 20261124;

// Two parameters of odd sizes with random gradients, as both optimizers get them.
struct Parameters {
  Parameters() {
    torch::manual_seed(kSeed);
    tensors = {torch::randn({7, 3, 3, 3}).requires_grad_(), torch::randn({13}).requires_grad_()};
  }
  std::vector<NamedParameter> Named() const { return {{"a.weight", tensors[0]}, {"b.bias", tensors[1]}}; }
  void SetGradients(int step) {
    torch::manual_seed(kSeed + static_cast<uint64_t>(step));
    for (torch::Tensor& tensor : tensors) tensor.mutable_grad() = torch::randn_like(tensor).detach();
  }
  std::vector<torch::Tensor> tensors;
};

double MaxDifference(const Parameters& a, const Parameters& b) {
  torch::NoGradGuard no_grad;
  double worst = 0;
  for (size_t i = 0; i < a.tensors.size(); ++i) {
    worst = std::max(worst, (a.tensors[i] - b.tensors[i]).abs().max().item<double>());
  }
  return worst;
}

spec::Optimizer Sgd(bool nesterov) {
  return {.name = spec::OptimizerName::kSgd, .momentum = 0.9, .nesterov = nesterov, .weight_decay = 0.01};
}
spec::Optimizer Adam() {
  return {.name = spec::OptimizerName::kAdam, .momentum = 0.9, .nesterov = false, .weight_decay = 0.01};
}

// LibTorch's optimizers are the reference; 5 steps show momentum and bias correction.
void ExpectAgreement(const spec::Optimizer& options, torch::optim::Optimizer& reference, Parameters& theirs,
                     const std::function<void(double)>& set_rate) {
  Parameters ours;
  Optimizer optimizer(ours.Named(), options);
  for (int step = 0; step < 5; ++step) {
    ours.SetGradients(step);
    theirs.SetGradients(step);
    const double rate = 0.1 / (step + 1);
    set_rate(rate);
    reference.step();
    optimizer.Step(rate);
    ASSERT_LT(MaxDifference(ours, theirs), 2e-6) << "step " << step << ", seed " << kSeed;
  }
}

TEST(Optimizer, SgdIsThatOfLibTorch) {
  for (const bool nesterov : {false, true}) {
    Parameters theirs;
    torch::optim::SGD reference(theirs.tensors,
                                torch::optim::SGDOptions(0.1).momentum(0.9).weight_decay(0.01).nesterov(nesterov));
    ExpectAgreement(Sgd(nesterov), reference, theirs, [&](double rate) {
      static_cast<torch::optim::SGDOptions&>(reference.param_groups()[0].options()).lr(rate);
    });
  }
}

TEST(Optimizer, AdamIsThatOfLibTorch) {
  Parameters theirs;
  torch::optim::Adam reference(theirs.tensors, torch::optim::AdamOptions(0.1).weight_decay(0.01));
  ExpectAgreement(Adam(), reference, theirs, [&](double rate) {
    static_cast<torch::optim::AdamOptions&>(reference.param_groups()[0].options()).lr(rate);
  });
}

TEST(Optimizer, GoesOnBitForBitFromASavedState) {
  for (const spec::Optimizer& options : {Sgd(false), Adam()}) {
    Parameters straight, broken;
    Optimizer one(straight.Named(), options), first(broken.Named(), options);
    for (int step = 0; step < 3; ++step) {
      straight.SetGradients(step);
      broken.SetGradients(step);
      one.Step(0.05);
      first.Step(0.05);
    }
    Optimizer second(broken.Named(), options);
    const Status loaded = second.LoadState(first.SaveState(), 3);
    ASSERT_TRUE(loaded.ok()) << loaded.ToString();
    straight.SetGradients(3);
    broken.SetGradients(3);
    one.Step(0.02);
    second.Step(0.02);
    EXPECT_EQ(MaxDifference(straight, broken), 0) << "seed " << kSeed;
  }
}

TEST(Optimizer, RefusesAStateThatDoesNotFit) {
  Parameters parameters;
  Optimizer optimizer(parameters.Named(), Sgd(false));
  std::map<std::string, torch::Tensor> state = optimizer.SaveState();
  ASSERT_EQ(state.size(), 2U);
  state["b.bias.momentum_buffer"] = torch::zeros({12});
  state["c.weight.momentum_buffer"] = torch::zeros({1});
  state.erase("a.weight.momentum_buffer");
  const Status status = optimizer.LoadState(state, 1);
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("missing a.weight.momentum_buffer"));
  EXPECT_THAT(status.message(), HasSubstr("b.bias.momentum_buffer is not float32 of the parameter's shape"));
  EXPECT_THAT(status.message(), HasSubstr("unknown c.weight.momentum_buffer"));
}

TEST(Optimizer, ForgetsWhereItIsTold) {
  for (const spec::OptimizerName name : {spec::OptimizerName::kSgd, spec::OptimizerName::kAdam}) {
    spec::Optimizer options = Sgd(false);
    options.name = name;
    Parameters parameters;
    Optimizer optimizer(parameters.Named(), options);
    parameters.SetGradients(0);
    optimizer.Step(0.1);
    const torch::Tensor parameter = parameters.Named().front().tensor;
    torch::Tensor kept = torch::ones(parameter.sizes(), torch::kUInt8);
    kept.view(-1)[1] = 0;
    const std::map<std::string, torch::Tensor> before = optimizer.SaveState();
    optimizer.ForgetWhereZero(parameter, kept);
    for (const auto& [key, state] : optimizer.SaveState()) {
      const bool own = key.starts_with(parameters.Named().front().name);
      EXPECT_TRUE(torch::equal(state, own ? before.at(key) * kept : before.at(key))) << key;
    }
  }
}

TEST(Optimizer, LeavesParametersWithoutGradientAlone) {
  Parameters parameters, untouched;
  Optimizer optimizer(parameters.Named(), Sgd(false));
  parameters.SetGradients(0);
  optimizer.ZeroGradients();
  optimizer.Step(0.1);
  EXPECT_EQ(MaxDifference(parameters, untouched), 0);
}

}  // namespace
}  // namespace winnow::worker
