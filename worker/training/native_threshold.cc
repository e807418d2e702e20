#include "worker/training/native_threshold.h"

#include <cmath>

#include "kernels/transforms/winograd_variant.h"
#include "worker/pruning/tile_size.h"

namespace winnow::worker {

using torch::Tensor;

Tensor ThresholdScales(int tile_size) {
  const kernels::WinogradMatrices& matrices = kernels::MatricesOf(VariantOf(tile_size));
  std::vector<float> norms(static_cast<size_t>(matrices.alpha));
  for (int i = 0; i < matrices.alpha; ++i) {
    double square = 0;
    for (int x = 0; x < matrices.m; ++x) {
      const double entry = matrices.at[static_cast<size_t>(x * matrices.alpha + i)];
      square += entry * entry;
    }
    norms[static_cast<size_t>(i)] = static_cast<float>(std::sqrt(square));
  }
  // A row of a Kronecker product is the product of two rows, and so is its norm.
  const Tensor rows = torch::tensor(norms);
  return 1.0 / torch::outer(rows, rows);
}

Tensor ThresholdsOf(const spec::NativeRule& rule, const Tensor& scales, const Tensor& gradient) {
  const Tensor own = rule.scale_threshold ? scales : torch::ones_like(scales);
  if (rule.threshold_factor == 0 || !gradient.defined()) return own * rule.threshold;
  return own / (gradient.abs() / rule.threshold + 1.0 / (rule.threshold_factor * rule.threshold));
}

void NativeThreshold::Look(Net& net) {
  if (rule_.threshold == 0) return;
  torch::NoGradGuard no_grad;
  for (const std::string& layer : layers_) {
    ConvLayer& conv = net.FindConv(layer)->conv();
    Tensor& thresholds = thresholds_[layer];
    const bool guided = rule_.threshold_factor > 0;
    if (!guided && thresholds.defined()) continue;
    const Tensor scales = ThresholdScales(conv.tile_size()).to(conv.kernel().device());
    thresholds = ThresholdsOf(rule_, scales, guided ? conv.kernel().grad() : Tensor());
  }
}

void NativeThreshold::Apply(Net& net) {
  torch::NoGradGuard no_grad;
  for (const auto& [layer, thresholds] : thresholds_) {
    Tensor& kernel = net.FindConv(layer)->conv().kernel();
    kernel.masked_fill_(kernel.abs() <= thresholds, 0);
  }
}

}  // namespace winnow::worker
