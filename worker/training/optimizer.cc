#include "worker/training/optimizer.h"

#include <ATen/Parallel.h>

#include <cmath>

namespace winnow::worker {
namespace {

constexpr float kAdamSecondDecay = 0.999F;
constexpr float kAdamEpsilon = 1e-8F;
constexpr int64_t kGrain = 1 << 15;  // floats a thread takes at least

struct SgdNumbers {
  float rate, momentum, decay;
  bool nesterov;
};

void SgdRange(const SgdNumbers& n, const float* gradient, float* weight, float* velocity, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i) {
    const float g = gradient[i] + n.decay * weight[i];
    const float v = n.momentum * velocity[i] + g;
    velocity[i] = v;
    weight[i] -= n.rate * (n.nesterov ? g + n.momentum * v : v);
  }
}

struct AdamNumbers {
  float step_size;     // rate / (1 - momentum^t)
  float second_scale;  // 1 / (1 - 0.999^t)
  float first_decay, decay;
};

void AdamRange(const AdamNumbers& n, const float* gradient, float* weight, float* first, float* second, int64_t begin,
               int64_t end) {
  for (int64_t i = begin; i < end; ++i) {
    const float g = gradient[i] + n.decay * weight[i];
    first[i] = n.first_decay * first[i] + (1 - n.first_decay) * g;
    second[i] = kAdamSecondDecay * second[i] + (1 - kAdamSecondDecay) * g * g;
    weight[i] -= n.step_size * first[i] / (std::sqrt(second[i] * n.second_scale) + kAdamEpsilon);
  }
}

}  // namespace

Optimizer::Optimizer(std::vector<NamedParameter> parameters, const spec::Optimizer& options) : options_(options) {
  const bool adam = options.name == spec::OptimizerName::kAdam;
  for (NamedParameter& parameter : parameters) {
    torch::Tensor first = torch::zeros_like(parameter.tensor).detach();
    torch::Tensor second = adam ? torch::zeros_like(parameter.tensor).detach() : torch::Tensor();
    slots_.push_back({std::move(parameter), std::move(first), std::move(second)});
  }
}

void Optimizer::Step(double rate) {
  ++steps_;
  if (!slots_.empty() && !slots_.front().parameter.tensor.is_cpu()) return StepElsewhere(rate);
  const bool adam = options_.name == spec::OptimizerName::kAdam;
  const auto t = static_cast<double>(steps_);
  const auto momentum = static_cast<float>(options_.momentum);
  const auto decay = static_cast<float>(options_.weight_decay);
  const SgdNumbers sgd{static_cast<float>(rate), momentum, decay, options_.nesterov};
  const AdamNumbers adam_numbers{static_cast<float>(rate / (1 - std::pow(options_.momentum, t))),
                                 static_cast<float>(1 / (1 - std::pow(double{kAdamSecondDecay}, t))), momentum, decay};
  for (Slot& slot : slots_) {
    if (!slot.parameter.tensor.grad().defined()) continue;
    const torch::Tensor gradient = slot.parameter.tensor.grad().contiguous();
    const float* g = gradient.data_ptr<float>();
    auto* weight = slot.parameter.tensor.data_ptr<float>();
    auto* first = slot.first.data_ptr<float>();
    float* second = adam ? slot.second.data_ptr<float>() : nullptr;
    at::parallel_for(0, gradient.numel(), kGrain, [&](int64_t begin, int64_t end) {
      if (adam) {
        AdamRange(adam_numbers, g, weight, first, second, begin, end);
      } else {
        SgdRange(sgd, g, weight, first, begin, end);
      }
    });
  }
}

void Optimizer::StepElsewhere(double rate) {
  torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> weights, gradients, first, second;
  for (Slot& slot : slots_) {
    if (!slot.parameter.tensor.grad().defined()) continue;
    weights.push_back(slot.parameter.tensor);
    gradients.push_back(slot.parameter.tensor.grad());
    first.push_back(slot.first);
    if (slot.second.defined()) second.push_back(slot.second);
  }
  if (weights.empty()) return;
  at::_foreach_add_(gradients, weights, options_.weight_decay);
  if (options_.name == spec::OptimizerName::kSgd) {
    at::_foreach_mul_(first, options_.momentum);
    at::_foreach_add_(first, gradients, 1.0);
    if (options_.nesterov) at::_foreach_add_(gradients, first, options_.momentum);
    at::_foreach_add_(weights, options_.nesterov ? gradients : first, -rate);
    return;
  }
  const auto t = static_cast<double>(steps_);
  const double second_scale = 1 / (1 - std::pow(double{kAdamSecondDecay}, t));
  const double step_size = rate / (1 - std::pow(options_.momentum, t));
  for (size_t i = 0; i < weights.size(); ++i) {
    first[i].mul_(options_.momentum).add_(gradients[i], 1 - options_.momentum);
    second[i].mul_(kAdamSecondDecay).addcmul_(gradients[i], gradients[i], 1 - kAdamSecondDecay);
    weights[i].addcdiv_(first[i], (second[i] * second_scale).sqrt_().add_(kAdamEpsilon), -step_size);
  }
}

void Optimizer::ZeroGradients() {
  // Dropped, not zeroed: backward then moves its result in place of adding to it.
  for (Slot& slot : slots_) slot.parameter.tensor.mutable_grad().reset();
}

void Optimizer::ForgetWhereZero(const torch::Tensor& parameter, const torch::Tensor& kept) {
  torch::NoGradGuard no_grad;
  const torch::Tensor gone = kept.to(parameter.device()).eq(0);
  for (Slot& slot : slots_) {
    if (!slot.parameter.tensor.is_same(parameter)) continue;
    slot.first.masked_fill_(gone, 0);
    if (slot.second.defined()) slot.second.masked_fill_(gone, 0);
  }
}

std::map<std::string, torch::Tensor*> Optimizer::StateByName() {
  std::map<std::string, torch::Tensor*> state;
  for (Slot& slot : slots_) {
    if (slot.second.defined()) {
      state[slot.parameter.name + ".exp_avg"] = &slot.first;
      state[slot.parameter.name + ".exp_avg_sq"] = &slot.second;
    } else {
      state[slot.parameter.name + ".momentum_buffer"] = &slot.first;
    }
  }
  return state;
}

std::map<std::string, torch::Tensor> Optimizer::SaveState() const {
  std::map<std::string, torch::Tensor> copies;
  for (const auto& [name, tensor] : const_cast<Optimizer*>(this)->StateByName()) copies[name] = tensor->clone();
  return copies;
}

Status Optimizer::LoadState(const std::map<std::string, torch::Tensor>& state, int64_t steps) {
  std::string faults;
  const std::map<std::string, torch::Tensor*> own = StateByName();
  for (const auto& [name, tensor] : own) {
    const auto found = state.find(name);
    if (found == state.end()) {
      faults += "; missing " + name;
    } else if (found->second.sizes() != tensor->sizes() || found->second.scalar_type() != torch::kFloat32) {
      faults += "; " + name + " is not float32 of the parameter's shape";
    }
  }
  for (const auto& [name, tensor] : state) {
    if (!own.contains(name)) faults += "; unknown " + name;
  }
  if (!faults.empty()) return InvalidArgument("the optimizer's state does not fit the net" + faults);
  torch::NoGradGuard no_grad;
  for (const auto& [name, tensor] : own) tensor->copy_(state.at(name));
  steps_ = steps;
  return OkStatus();
}

}  // namespace winnow::worker
