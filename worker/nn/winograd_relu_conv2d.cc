#include "worker/nn/winograd_relu_conv2d.h"

#include "worker/nn/image_layout.h"
#include "worker/nn/reference_winograd_conv.h"

namespace winnow::worker {

using torch::Tensor;

WinogradReluConv2d::WinogradReluConv2d(const ConvGeometry& geometry) : ConvLayer(geometry) {
  constexpr int64_t kAlpha = kTileSize + 2;
  winograd_weight_ = register_parameter("winograd_weight",
                                        torch::zeros({geometry.out_channels, geometry.in_channels, kAlpha, kAlpha}));
  if (geometry.has_bias) bias_ = register_parameter("bias", torch::zeros({geometry.out_channels}));
}

Tensor WinogradReluConv2d::forward(const Tensor& input) {
  const Tensor images = NchwFrom(input);
  const Tensor tiles = TransformedTiles(images, geometry_.padding, kTileSize).relu();
  if (counting_) {
    activations_.count += tiles.numel();
    activations_.zeros += tiles.numel() - tiles.count_nonzero().item<int64_t>();
  }
  const Tensor output =
      ConvolveTransformed(tiles, images.sizes(), winograd_weight_, bias_, geometry_.padding, kTileSize);
  return IsBlocked(input) ? BlockedFrom(output) : output;
}

}  // namespace winnow::worker
