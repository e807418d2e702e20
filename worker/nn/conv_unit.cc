#include "worker/nn/conv_unit.h"

#include <utility>

#include "worker/nn/module_path.h"
#include "worker/nn/norm_relu.h"

namespace winnow::worker {

namespace {

torch::Tensor Finish(torch::Tensor output, const torch::Tensor& residual, bool relu) {
  if (residual.defined()) output = output + residual;
  return relu ? output.relu_() : output;
}

}  // namespace

ConvUnit::ConvUnit(torch::nn::Module& root, const spec::Layer& layer) : root_(root), layer_(layer) {
  conv_ = std::make_shared<SpatialConv2d>(ConvGeometry{.in_channels = layer.in_channels,
                                                       .out_channels = layer.out_channels,
                                                       .kernel = layer.kernel,
                                                       .stride = layer.stride,
                                                       .padding = layer.padding,
                                                       .has_bias = layer.has_bias});
  OwnerOf(root_, layer.name).register_module(LastPart(layer.name), conv_);
  if (!layer.batch_norm.empty()) {
    batch_norm_ = torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(layer.out_channels));
    OwnerOf(root_, layer.batch_norm).register_module(LastPart(layer.batch_norm), batch_norm_);
  }
}

torch::Tensor ConvUnit::Forward(const torch::Tensor& input, bool relu, const torch::Tensor& residual) {
  if (!has_batch_norm() && !root_.is_training()) return conv_->ForwardFused(input, residual, relu);
  const torch::Tensor output = conv_->forward(input);
  if (!has_batch_norm()) return Finish(output, residual, relu);
  if (arithmetic_ == spec::Arithmetic::kLibTorch) return LibTorchNorm(output, residual, relu);
  if (!residual.defined()) return NormRelu(output, batch_norm_, relu);
  torch::Tensor sum = NormRelu(output, batch_norm_, /*relu=*/false) + residual;
  return relu ? sum.relu_() : sum;
}

torch::Tensor ConvUnit::LibTorchNorm(const torch::Tensor& input, const torch::Tensor& residual, bool relu) {
  return Finish(batch_norm_->forward(input), residual, relu);
}

void ConvUnit::SetArithmetic(spec::Arithmetic arithmetic) {
  arithmetic_ = arithmetic;
  conv_->SetArithmetic(arithmetic);
}

void ConvUnit::Replace(std::shared_ptr<ConvLayer> conv) {
  conv_ = std::move(conv);
  conv_->SetArithmetic(arithmetic_);
  OwnerOf(root_, layer_.name).replace_module(LastPart(layer_.name), conv_);
}

FoldedConv ConvUnit::Folded() {
  torch::NoGradGuard no_grad;
  const torch::Tensor& kernel = conv_->kernel();
  const torch::Tensor bias =
      conv_->bias().defined() ? conv_->bias().detach() : torch::zeros({kernel.size(0)}, kernel.options());
  if (!has_batch_norm()) return {.kernel = kernel.detach().clone(), .bias = bias.clone()};
  const torch::Tensor scale = batch_norm_->weight / torch::sqrt(batch_norm_->running_var + batch_norm_->options.eps());
  return {.kernel = (kernel * scale.view({-1, 1, 1, 1})).detach(),
          .bias = (batch_norm_->bias + (bias - batch_norm_->running_mean) * scale).detach()};
}

void ConvUnit::FoldBatchNorm() {
  if (!has_batch_norm()) return;
  const FoldedConv folded = Folded();
  torch::NoGradGuard no_grad;
  conv_->kernel().copy_(folded.kernel);
  conv_->SetBias(folded.bias);
  OwnerOf(root_, layer_.batch_norm).unregister_module(LastPart(layer_.batch_norm));
  batch_norm_ = nullptr;
}

}  // namespace winnow::worker
