// A convolution and the batch norm behind it, where there is one, as they stand in a net under their own names.
#ifndef WORKER_NN_CONV_UNIT_H_
#define WORKER_NN_CONV_UNIT_H_

#include <torch/torch.h>

#include <memory>
#include <string>

#include "spec/network.h"
#include "worker/nn/conv_layer.h"

namespace winnow::worker {

// The two as one: what a deployed net computes.
struct FoldedConv {
  torch::Tensor kernel;  // as ConvLayer::kernel(); zeros stay zeros
  torch::Tensor bias;    // [out_channels]
};

// Ownership  not a module: conv and batch norm are registered below the module that the unit was made for, which must
//            outlive it.
class ConvUnit {
 public:
  // Registers both below `root`, at their dotted names.
  ConvUnit(torch::nn::Module& root, const spec::Layer& layer);

  // Convolution, batch norm, plus `residual` where defined and ReLU where asked for.
  torch::Tensor Forward(const torch::Tensor& input, bool relu, const torch::Tensor& residual = {});

  const spec::Layer& layer() const { return layer_; }
  const std::string& name() const { return layer_.name; }  // dotted, as the network has it
  bool prunable() const { return layer_.prunable(); }
  ConvLayer& conv() { return *conv_; }
  bool has_batch_norm() const { return !batch_norm_.is_empty(); }
  torch::nn::BatchNorm2d& batch_norm() { return batch_norm_; }

  void SetArithmetic(spec::Arithmetic arithmetic);

  // Puts `conv` in the place of the present convolution.
  void Replace(std::shared_ptr<ConvLayer> conv);

  // kernel * gamma / sqrt(var + eps) an output channel; bias = beta + (old bias - mean) * gamma / sqrt(var + eps).
  // Without a batch norm: kernel and bias (zeros where there is none) as they are. Copies.
  FoldedConv Folded();
  // Puts Folded() in place and takes the batch norm out of the net.
  void FoldBatchNorm();

 private:
  torch::Tensor LibTorchNorm(const torch::Tensor& input, const torch::Tensor& residual, bool relu);

  torch::nn::Module& root_;
  spec::Layer layer_;
  std::shared_ptr<ConvLayer> conv_;
  torch::nn::BatchNorm2d batch_norm_{nullptr};
  spec::Arithmetic arithmetic_ = spec::Arithmetic::kWinnow;
};

}  // namespace winnow::worker

#endif  // WORKER_NN_CONV_UNIT_H_
