#include "worker/nn/conv_layer.h"

#include "worker/nn/filter_transform.h"
#include "worker/nn/image_layout.h"

namespace winnow::worker {
namespace {

constexpr int kTrainingTileSize = 4;

}  // namespace

void ConvLayer::SetBias(const torch::Tensor& bias) {
  torch::NoGradGuard no_grad;
  geometry_.has_bias = true;
  if (bias_.defined()) {
    bias_.copy_(bias);
  } else {
    bias_ = register_parameter("bias", bias.detach().clone());
  }
}

torch::Tensor ConvLayer::ForwardFused(const torch::Tensor& input, const torch::Tensor& residual, bool relu) {
  torch::Tensor output = forward(NchwFrom(input));
  if (residual.defined()) output = output + NchwFrom(residual);
  return relu ? output.relu_() : output;
}

bool ConvLayer::SetKept(const torch::Tensor&) { return false; }
bool ConvLayer::SetGradientDivisors(const torch::Tensor&) { return false; }

SpatialConv2d::SpatialConv2d(const ConvGeometry& geometry) : ConvLayer(geometry), training_(kTrainingTileSize) {
  weight_ = register_parameter(
      "weight", torch::zeros({geometry.out_channels, geometry.in_channels, geometry.kernel, geometry.kernel}));
  if (geometry.has_bias) bias_ = register_parameter("bias", torch::zeros({geometry.out_channels}));
}

torch::Tensor SpatialConv2d::forward(const torch::Tensor& input) {
  const bool by_winograd = arithmetic_ == spec::Arithmetic::kWinnow && is_training() && geometry_.kernel == 3 &&
                           geometry_.stride == 1 && input.is_cpu() && input.scalar_type() == torch::kFloat32 &&
                           input.numel() > 0;
  if (by_winograd) {
    return training_.Convolve(input, ToWinogradDomain(weight_, kTrainingTileSize), bias_, geometry_.padding);
  }
  const torch::Tensor output = torch::conv2d(NchwFrom(input), weight_, bias_, geometry_.stride, geometry_.padding);
  return IsBlocked(input) ? BlockedFrom(output) : output;
}

}  // namespace winnow::worker
