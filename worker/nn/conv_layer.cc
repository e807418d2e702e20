#include "worker/nn/conv_layer.h"

#include "worker/nn/filter_transform.h"
#include "worker/nn/image_layout.h"
#include "worker/nn/winograd_conv2d.h"

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

SpatialConv2d::SpatialConv2d(const ConvGeometry& geometry) : ConvLayer(geometry) {
  weight_ = register_parameter(
      "weight", torch::zeros({geometry.out_channels, geometry.in_channels, geometry.kernel, geometry.kernel}));
  if (geometry.has_bias) bias_ = register_parameter("bias", torch::zeros({geometry.out_channels}));
}

torch::Tensor SpatialConv2d::forward(const torch::Tensor& input) {
  const bool by_winograd = arithmetic_ == Arithmetic::kOurs && is_training() && geometry_.kernel == 3 && geometry_.stride == 1 && input.is_cpu() &&
                           input.scalar_type() == torch::kFloat32;
  if (by_winograd) {
    return WinogradConvolution(input, ToWinogradDomain(weight_, kTrainingTileSize), bias_, geometry_.padding,
                               kTrainingTileSize);
  }
  return torch::conv2d(input, weight_, bias_, geometry_.stride, geometry_.padding);
}

}  // namespace winnow::worker
