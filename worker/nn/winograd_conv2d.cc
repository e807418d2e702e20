#include "worker/nn/winograd_conv2d.h"

#include "worker/nn/reference_winograd_conv.h"

namespace winnow::worker {

using torch::Tensor;
WinogradConv2d::WinogradConv2d(const ConvGeometry& geometry, int tile_size)
    : ConvLayer(geometry), tile_size_(tile_size), training_(tile_size) {
  const int64_t alpha = tile_size + 2;
  winograd_weight_ =
      register_parameter("winograd_weight", torch::zeros({geometry.out_channels, geometry.in_channels, alpha, alpha}));
  if (geometry.has_bias) bias_ = register_parameter("bias", torch::zeros({geometry.out_channels}));
}

bool WinogradConv2d::SetKept(const Tensor& kept) {
  training_.SetKept(kept);
  return arithmetic_ == spec::Arithmetic::kWinnow;
}

bool WinogradConv2d::SetGradientDivisors(const Tensor& divisors) {
  training_.SetGradientDivisors(divisors);
  return arithmetic_ == spec::Arithmetic::kWinnow;
}

Tensor WinogradConv2d::forward(const Tensor& input) {
  const bool ours = arithmetic_ == spec::Arithmetic::kWinnow && input.is_cpu() &&
                    input.scalar_type() == torch::kFloat32 && input.numel() > 0;
  if (ours) return training_.Convolve(input, winograd_weight_, bias_, geometry_.padding);
  return ReferenceWinogradConvolution(input, winograd_weight_, bias_, geometry_.padding, tile_size_);
}

Tensor WinogradConvolution(const Tensor& input, const Tensor& winograd_weight, const Tensor& bias, int64_t padding,
                           int tile_size) {
  const bool fast = input.is_cpu() && input.scalar_type() == torch::kFloat32 && input.numel() > 0;
  if (!fast) return ReferenceWinogradConvolution(input, winograd_weight, bias, padding, tile_size);
  return WinogradTraining(tile_size).Convolve(input, winograd_weight, bias, padding);
}

}  // namespace winnow::worker
