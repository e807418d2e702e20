#include "worker/nn/winograd_conv2d.h"

#include "worker/nn/reference_winograd_conv.h"
#include "worker/nn/winograd_passes.h"

namespace winnow::worker {
namespace {

using torch::Tensor;

// `bias` has no elements where the layer has none: LibTorch 1.13 takes no undefined tensor here.
class WinogradFunction : public torch::autograd::Function<WinogradFunction> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input, const Tensor& weight,
                        const Tensor& bias, int64_t padding, int64_t tile_size) {
    const Tensor dense = input.contiguous();
    context->save_for_backward({dense, weight});
    context->saved_data["padding"] = padding;
    context->saved_data["tile_size"] = tile_size;
    context->saved_data["wants_input"] = input.requires_grad();
    context->saved_data["wants_bias"] = bias.numel() > 0;
    return WinogradForward(dense, weight, bias.numel() > 0 ? bias : Tensor(), padding, static_cast<int>(tile_size));
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list d_outputs) {
    const auto saved = context->get_saved_variables();
    const Tensor d_output = d_outputs[0].contiguous();
    const WantedGradients wanted{.input = context->saved_data["wants_input"].toBool(),
                                 .bias = context->saved_data["wants_bias"].toBool()};
    const WinogradGradients gradients =
        WinogradBackward(saved[0], saved[1], d_output, context->saved_data["padding"].toInt(),
                         static_cast<int>(context->saved_data["tile_size"].toInt()), wanted);
    return {gradients.input, gradients.weight, gradients.bias, Tensor(), Tensor()};
  }
};

}  // namespace

WinogradConv2d::WinogradConv2d(const ConvGeometry& geometry, int tile_size)
    : ConvLayer(geometry), tile_size_(tile_size) {
  const int64_t alpha = tile_size + 2;
  winograd_weight_ =
      register_parameter("winograd_weight", torch::zeros({geometry.out_channels, geometry.in_channels, alpha, alpha}));
  if (geometry.has_bias) bias_ = register_parameter("bias", torch::zeros({geometry.out_channels}));
}

Tensor WinogradConv2d::forward(const Tensor& input) {
  if (arithmetic_ == Arithmetic::kLibTorch) {
    return ReferenceWinogradConvolution(input, winograd_weight_, bias_, geometry_.padding, tile_size_);
  }
  return WinogradConvolution(input, winograd_weight_, bias_, geometry_.padding, tile_size_);
}

Tensor WinogradConvolution(const Tensor& input, const Tensor& winograd_weight, const Tensor& bias, int64_t padding,
                           int tile_size) {
  const bool fast = input.is_cpu() && input.scalar_type() == torch::kFloat32 && input.numel() > 0;
  if (!fast) return ReferenceWinogradConvolution(input, winograd_weight, bias, padding, tile_size);
  const Tensor given_bias = bias.defined() ? bias : torch::empty({0});
  return WinogradFunction::apply(input, winograd_weight, given_bias, padding, static_cast<int64_t>(tile_size));
}

}  // namespace winnow::worker
