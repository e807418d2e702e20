#include "worker/training/training_step.h"

#include <algorithm>
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
                           std::map<std::string, torch::Tensor> divisors, StepExtras extras)
    : net_(net),
      extras_(std::move(extras)),
      threshold_(extras_.native, extras_.native_layers),
      optimizer_(ParametersOf(net), training.optimizer) {
  net_.SetArithmetic(net_.device().is_cpu() ? training.arithmetic : spec::Arithmetic::kLibTorch);
  const std::vector<ConvUnit*> convs = net_.Convs();
  channels_last_ = !net_.device().is_cpu() && std::all_of(convs.begin(), convs.end(),
                                                          [](ConvUnit* unit) { return unit->conv().tile_size() == 0; });
  masks.Hold(net_);
  for (auto& [layer, kept] : masks.Kept()) {
    masked_.push_back(layer);
    if (!net_.FindConv(layer)->conv().SetKept(kept)) held_.Set(net_, layer, kept);
  }
  masked_.insert(masked_.end(), extras_.native_layers.begin(), extras_.native_layers.end());
  for (auto& [layer, divisor] : divisors) {
    const bool own = net_.FindConv(layer)->conv().SetGradientDivisors(divisor);
    (own ? own_divisors_ : divisors_)[layer] = divisor.to(net_.device());
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
  torch::Tensor input = images.to(net_.device());
  if (channels_last_) input = input.contiguous(at::MemoryFormat::ChannelsLast);
  const torch::Tensor wanted = labels.to(net_.device());
  const torch::Tensor logits = net_.forward(input);
  const torch::Tensor loss = LossOf(logits, input, wanted);
  const double value = loss.item<double>();
  if (!std::isfinite(value)) return {.loss = value, .correct = 0};
  optimizer_.ZeroGradients();
  loss.backward();
  threshold_.Look(net_);
  if (extras_.l1 > 0) AddSigns();
  ScaleGradients();
  optimizer_.Step(rate);
  held_.Hold(net_);
  threshold_.Apply(net_);
  return {.loss = value, .correct = logits.argmax(1).eq(wanted).sum().item<int64_t>()};
}

torch::Tensor TrainingStep::LossOf(const torch::Tensor& logits, const torch::Tensor& images,
                                   const torch::Tensor& labels) {
  const torch::Tensor loss = torch::nn::functional::cross_entropy(logits, labels);
  if (extras_.teacher == nullptr) return loss;
  const double weight = extras_.distillation.weight, temperature = extras_.distillation.temperature;
  torch::Tensor taught;
  {
    torch::NoGradGuard no_grad;
    taught = torch::log_softmax(extras_.teacher->forward(images) / temperature, 1);
  }
  const torch::Tensor divergence =
      torch::kl_div(torch::log_softmax(logits / temperature, 1), taught, at::Reduction::Sum, /*log_target=*/true) /
      static_cast<double>(labels.size(0));
  return (1.0 - weight) * loss + weight * temperature * temperature * divergence;
}

void TrainingStep::AddSigns() {
  torch::NoGradGuard no_grad;
  for (const std::string& layer : masked_) {
    ConvLayer& conv = net_.FindConv(layer)->conv();
    torch::Tensor term = conv.kernel().sign();
    // Layers that divide their gradients themselves have done so already.
    const auto divisors = own_divisors_.find(layer);
    if (divisors != own_divisors_.end()) term.div_(divisors->second);
    conv.kernel().mutable_grad().add_(term, extras_.l1);
  }
}

void TrainingStep::ScaleGradients() {
  torch::NoGradGuard no_grad;
  for (const auto& [layer, divisors] : divisors_) {
    net_.FindConv(layer)->conv().kernel().mutable_grad().div_(divisors);
  }
  for (const auto& [layer, inverses] : extras_.preconditioners) {
    torch::Tensor& gradient = net_.FindConv(layer)->conv().kernel().mutable_grad();
    const int64_t positions = inverses.size(-1);
    gradient = torch::bmm(inverses.view({-1, positions, positions}), gradient.reshape({-1, positions, 1}))
                   .view(gradient.sizes());
  }
}

}  // namespace winnow::worker
