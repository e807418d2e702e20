#include "worker/training/training_step.h"

#include <cmath>
#include <utility>

namespace winnow::worker {
namespace {

std::vector<NamedParameter> ParametersOf(Net& net) {
  std::vector<NamedParameter> parameters;
  for (const auto& item : net.named_parameters()) parameters.push_back({item.key(), item.value()});
  return parameters;
}

}  // namespace

TrainingStep::TrainingStep(Net& net, const spec::Training& training, const KernelMasks& masks,
                           std::map<std::string, torch::Tensor> divisors)
    : net_(net), optimizer_(ParametersOf(net), training.optimizer) {
  net_.SetArithmetic(training.arithmetic);
  masks.Hold(net_);
  for (auto& [layer, kept] : masks.Kept()) {
    if (!net_.FindConv(layer)->conv().SetKept(kept)) held_.Set(net_, layer, kept);
  }
  for (auto& [layer, divisor] : divisors) {
    if (!net_.FindConv(layer)->conv().SetGradientDivisors(divisor)) divisors_[layer] = divisor;
  }
}

TrainingStep::~TrainingStep() {
  net_.SetArithmetic(spec::Arithmetic::kWinnow);
  for (ConvUnit* unit : net_.Convs()) {
    unit->conv().SetKept({});
    unit->conv().SetGradientDivisors({});
  }
}

TrainingStep::Figures TrainingStep::Run(const torch::Tensor& images, const torch::Tensor& labels, double rate,
                                        uint64_t seed, uint64_t step) {
  net_.SetDropoutStep(seed, step);
  const torch::Tensor logits = net_.forward(images);
  const torch::Tensor loss = torch::nn::functional::cross_entropy(logits, labels);
  const double value = loss.item<double>();
  if (!std::isfinite(value)) return {.loss = value, .correct = 0};
  optimizer_.ZeroGradients();
  loss.backward();
  DivideGradients();
  optimizer_.Step(rate);
  held_.Hold(net_);
  return {.loss = value, .correct = logits.argmax(1).eq(labels).sum().item<int64_t>()};
}

void TrainingStep::DivideGradients() {
  torch::NoGradGuard no_grad;
  for (const auto& [layer, divisors] : divisors_) {
    net_.FindConv(layer)->conv().kernel().mutable_grad().div_(divisors);
  }
}

}  // namespace winnow::worker
