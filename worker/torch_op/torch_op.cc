// The sparse kernels as LibTorch operators, in a library of their own: torch.ops.load_library("libwinnow_torch_op.so").
//
//   packed = torch.ops.winnow.prepack(weight, bias, padding)     weight [K, C, m+2, m+2] in the Winograd domain, m = 2
//   or
//                                                                4; bias [K] or None; zeros are what is skipped
//   output = torch.ops.winnow.conv2d(input, packed, relu)        input [N, C, H, W]; or in blocks of 16 images,
//                                                                [ceil(N / 16), C, H, W, 16], and then so is the output
//   output = torch.ops.winnow.conv2d_add(input, packed, residual, relu)
//
// float32 on the CPU, for inference: no gradients. Plans are made when a shape is first seen and kept in `packed`.
// Threads    LibTorch's. One `packed` serves one call at a time.
// Errors     RuntimeError that names the argument.
#include <torch/custom_class.h>
#include <torch/library.h>

#include <memory>

#include "worker/infer/planned_conv2d.h"

namespace winnow::worker {
namespace {

class PackedConv : public torch::CustomClassHolder {
 public:
  PackedConv(const torch::Tensor& weight, const torch::Tensor& bias, int64_t padding)
      : conv_({.in_channels = weight.size(1), .out_channels = weight.size(0), .padding = padding, .has_bias = true},
              {.kernel = weight.detach().clone(), .bias = bias}, std::make_shared<kernels::ScratchBuffer>()) {}

  torch::Tensor Run(const torch::Tensor& input, const torch::Tensor& residual, bool relu) {
    Check(input, "input", conv_.geometry().in_channels);
    if (residual.defined()) {
      Check(residual, "residual", conv_.geometry().out_channels);
      const int64_t grown = 2 * conv_.geometry().padding - 2;
      TORCH_CHECK(residual.dim() == input.dim() && residual.size(0) == input.size(0) &&
                      residual.size(2) == input.size(2) + grown && residual.size(3) == input.size(3) + grown,
                  "winnow: residual must have the output's sizes, it is ", residual.sizes(), " for an input of ",
                  input.sizes());
    }
    return conv_.ForwardFused(input, residual, relu);
  }

 private:
  static void Check(const torch::Tensor& tensor, const char* name, int64_t channels) {
    TORCH_CHECK(tensor.device().is_cpu() && tensor.scalar_type() == torch::kFloat32, "winnow: ", name,
                " must be float32 on the CPU, it is ", tensor.scalar_type(), " on ", tensor.device());
    const bool blocked = tensor.dim() == 5 && tensor.size(4) == kernels::kImageBlock;
    TORCH_CHECK(tensor.dim() == 4 || blocked, "winnow: ", name,
                " must be [N, C, H, W] or [blocks, C, H, W, 16], it is ", tensor.sizes());
    TORCH_CHECK(tensor.size(1) == channels, "winnow: ", name, " has ", tensor.size(1), " channels, the layer takes ",
                channels);
  }

  PlannedConv2d conv_;
};

using Packed = c10::intrusive_ptr<PackedConv>;

Packed Prepack(const torch::Tensor& weight, const c10::optional<torch::Tensor>& bias, int64_t padding) {
  TORCH_CHECK(weight.dim() == 4 && weight.size(2) == weight.size(3) && (weight.size(3) == 4 || weight.size(3) == 6),
              "winnow: weight must be [K, C, 4, 4] or [K, C, 6, 6], it is ", weight.sizes());
  TORCH_CHECK(weight.scalar_type() == torch::kFloat32, "winnow: weight must be float32, it is ", weight.scalar_type());
  TORCH_CHECK(padding >= 0, "winnow: padding must not be negative, it is ", padding);
  const bool has_bias = bias.has_value() && bias->defined();
  TORCH_CHECK(!has_bias || bias->sizes() == torch::IntArrayRef({weight.size(0)}), "winnow: bias must be [",
              weight.size(0), "], it is ", bias->sizes());
  return c10::make_intrusive<PackedConv>(weight, has_bias ? *bias : torch::zeros({weight.size(0)}), padding);
}

torch::Tensor Conv2d(const torch::Tensor& input, const Packed& packed, bool relu) {
  return packed->Run(input, {}, relu);
}

torch::Tensor Conv2dAdd(const torch::Tensor& input, const Packed& packed, const torch::Tensor& residual, bool relu) {
  return packed->Run(input, residual, relu);
}

TORCH_LIBRARY(winnow, library) {
  library.class_<PackedConv>("PackedConv");
  library.def("prepack(Tensor weight, Tensor? bias, int padding) -> __torch__.torch.classes.winnow.PackedConv",
              &Prepack);
  library.def("conv2d(Tensor input, __torch__.torch.classes.winnow.PackedConv packed, bool relu) -> Tensor", &Conv2d);
  library.def(
      "conv2d_add(Tensor input, __torch__.torch.classes.winnow.PackedConv packed, Tensor residual, bool relu) -> "
      "Tensor",
      &Conv2dAdd);
}

}  // namespace
}  // namespace winnow::worker
