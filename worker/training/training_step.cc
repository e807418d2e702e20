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
  masks_ = masks;
  for (const auto& [layer, kept] : masks_.Kept()) masked_.push_back(layer);
  masked_.insert(masked_.end(), extras_.native_layers.begin(), extras_.native_layers.end());
  for (auto& [layer, divisor] : divisors) {
    const bool own = net_.FindConv(layer)->conv().SetGradientDivisors(divisor);
    (own ? own_divisors_ : divisors_)[layer] = divisor.to(net_.device());
  }
  TellLayers(/*whole=*/false);
}

void TrainingStep::TellLayers(bool whole) {
  held_ = KernelMasks();
  for (const auto& [layer, kept] : masks_.Kept()) {
    const bool all = whole || dense_copies_.contains(layer);
    const bool holds = net_.FindConv(layer)->conv().SetKept(all ? torch::Tensor() : kept);
    if (all || !holds) held_.Set(net_, layer, kept);
  }
  for (const auto& [layer, divisor] : own_divisors_) {
    net_.FindConv(layer)->conv().SetGradientDivisors(whole ? torch::Tensor() : divisor);
  }
}

void TrainingStep::SetMaskState(MaskState state, std::map<std::string, torch::Tensor> preconditioners) {
  const std::map<std::string, torch::Tensor> before = masks_.Kept();
  for (const auto& [layer, kept] : state.kept) masks_.Set(net_, layer, kept);
  dense_copies_ = std::move(state.dense_copies);
  extras_.preconditioners = std::move(preconditioners);
  masks_.Hold(net_);
  TellLayers(/*whole=*/false);
  for (const auto& [layer, kept] : state.kept) {
    if (!dense_copies_.contains(layer)) {
      optimizer_.ForgetWhereZero(net_.FindConv(layer)->conv().kernel(), kept * before.at(layer));
    }
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
  const torch::Tensor wanted = labels.to(net_.device());
  torch::Tensor loss;
  const torch::Tensor logits = Forward(images, wanted, loss);
  const double value = loss.item<double>();
  if (!std::isfinite(value)) return {.loss = value, .correct = 0};
  optimizer_.ZeroGradients();
  loss.backward();
  threshold_.Look(net_);
  if (extras_.l1 > 0) AddSigns();
  ScaleGradients();
  StepOptimizer(rate);
  held_.Hold(net_);
  threshold_.Apply(net_);
  return {.loss = value, .correct = logits.argmax(1).eq(wanted).sum().item<int64_t>()};
}

torch::Tensor TrainingStep::Forward(const torch::Tensor& images, const torch::Tensor& labels, torch::Tensor& loss) {
  torch::Tensor input = images.to(net_.device());
  if (channels_last_) input = input.contiguous(at::MemoryFormat::ChannelsLast);
  torch::Tensor logits = net_.forward(input);
  loss = LossOf(logits, input, labels);
  return logits;
}

// One step of the optimizer; where there is a dense copy it is this that moves.
void TrainingStep::StepOptimizer(double rate) {
  torch::NoGradGuard no_grad;
  for (const auto& [layer, copy] : dense_copies_) net_.FindConv(layer)->conv().kernel().copy_(copy);
  optimizer_.Step(rate);
  for (auto& [layer, copy] : dense_copies_) copy.copy_(net_.FindConv(layer)->conv().kernel());
}

TrainingStep::Figures TrainingStep::KernelGradients(const torch::Tensor& images, const torch::Tensor& labels,
                                                    uint64_t seed, uint64_t step,
                                                    std::map<std::string, torch::Tensor>& gradients) {
  net_.SetDropoutStep(seed, step);
  TellLayers(/*whole=*/true);
  const torch::Tensor wanted = labels.to(net_.device());
  torch::Tensor loss;
  const torch::Tensor logits = Forward(images, wanted, loss);
  const double value = loss.item<double>();
  if (!std::isfinite(value)) return {.loss = value, .correct = 0};
  optimizer_.ZeroGradients();
  loss.backward();
  for (const std::string& layer : masked_) {
    gradients[layer] = net_.FindConv(layer)->conv().kernel().grad().detach().clone();
  }
  optimizer_.ZeroGradients();
  TellLayers(/*whole=*/false);
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
