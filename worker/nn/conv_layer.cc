#include "worker/nn/conv_layer.h"

namespace winnow::worker {

void ConvLayer::SetBias(const torch::Tensor& bias) {
  torch::NoGradGuard no_grad;
  geometry_.has_bias = true;
  if (bias_.defined()) {
    bias_.copy_(bias);
  } else {
    bias_ = register_parameter("bias", bias.detach().clone());
  }
}

SpatialConv2d::SpatialConv2d(const ConvGeometry& geometry) : ConvLayer(geometry) {
  weight_ = register_parameter(
      "weight", torch::zeros({geometry.out_channels, geometry.in_channels, geometry.kernel, geometry.kernel}));
  if (geometry.has_bias) bias_ = register_parameter("bias", torch::zeros({geometry.out_channels}));
}

torch::Tensor SpatialConv2d::forward(const torch::Tensor& input) {
  return torch::conv2d(input, weight_, bias_, geometry_.stride, geometry_.padding);
}

}  // namespace winnow::worker
