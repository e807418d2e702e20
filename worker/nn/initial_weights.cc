#include "worker/nn/initial_weights.h"

#include <cmath>
#include <numbers>
#include <vector>

#include "base/counter_random.h"

namespace winnow::worker {
namespace {

// Two independent normal numbers by the method of Box and Muller.
void FillNormal(torch::Tensor& tensor, double deviation, uint64_t seed, uint32_t place) {
  std::vector<float> values(static_cast<size_t>(tensor.numel()) + 1);
  for (size_t i = 0; i + 1 < values.size(); i += 2) {
    const RandomWords words = RandomAt(seed, RandomStream::kInitialWeights, place, i / 2);
    const double radius = std::sqrt(-2.0 * std::log((words[0] + 0.5) * 0x1.0p-32));
    const double angle = 2.0 * std::numbers::pi * (words[1] * 0x1.0p-32);
    values[i] = static_cast<float>(deviation * radius * std::cos(angle));
    values[i + 1] = static_cast<float>(deviation * radius * std::sin(angle));
  }
  tensor.copy_(torch::from_blob(values.data(), tensor.sizes(), torch::kFloat32));
}

void FillUniform(torch::Tensor& tensor, double bound, uint64_t seed, uint32_t place) {
  std::vector<float> values(static_cast<size_t>(tensor.numel()));
  for (size_t i = 0; i < values.size(); ++i) {
    const RandomWords words = RandomAt(seed, RandomStream::kInitialWeights, place, i);
    values[i] = static_cast<float>(bound * (2.0 * RandomUnit(words[0]) - 1.0));
  }
  tensor.copy_(torch::from_blob(values.data(), tensor.sizes(), torch::kFloat32));
}

}  // namespace

void SetInitialWeights(Net& net, uint64_t seed, double deviation) {
  torch::NoGradGuard no_grad;
  uint32_t place = 0;
  for (auto& parameter : net.named_parameters()) {
    torch::Tensor& value = parameter.value();
    const auto fan_in = static_cast<double>(value.numel() / value.size(0));
    if (value.dim() == 4) FillNormal(value, deviation > 0.0 ? deviation : std::sqrt(2.0 / fan_in), seed, place);
    if (value.dim() == 2) FillUniform(value, 1.0 / std::sqrt(fan_in), seed, place);
    ++place;
  }
  // Biases of convolutions are made as zeros and batch norms as 1 and 0; those of linear layers are not.
  for (const spec::Layer& layer : net.network().layers) {
    if (layer.kind != spec::LayerKind::kLinear || !layer.has_bias) continue;
    net.named_parameters()[layer.name + ".bias"].zero_();
  }
}

}  // namespace winnow::worker
