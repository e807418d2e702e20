// A convolution of a net, in whichever domain its weights live.
#ifndef WORKER_NN_CONV_LAYER_H_
#define WORKER_NN_CONV_LAYER_H_

#include <torch/torch.h>

#include "spec/sweep_spec.h"
#include "worker/nn/winograd_training.h"

namespace winnow::worker {

struct ConvGeometry {
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  int64_t kernel = 3;  // square
  int64_t stride = 1;
  int64_t padding = 1;  // zeros on every side
  bool has_bias = false;
  friend bool operator==(const ConvGeometry&, const ConvGeometry&) = default;
};

// Layout   input [N, in_channels, H, W], output [N, out_channels, H', W'], float32; in training on the CPU also in
//          whole blocks of images (worker/nn/image_layout.h), and then the output is so too.
class ConvLayer : public torch::nn::Module {
 public:
  explicit ConvLayer(const ConvGeometry& geometry) : geometry_(geometry) {}

  virtual torch::Tensor forward(const torch::Tensor& input) = 0;

  // For evaluation: relu(forward(input) + residual), each part where asked for (`residual` undefined: none). `input`
  // and `residual` in either layout of worker/nn/image_layout.h; the result is in NCHW unless a class says otherwise.
  virtual torch::Tensor ForwardFused(const torch::Tensor& input, const torch::Tensor& residual, bool relu);

  // The weights that pruning works on: `weight` or `winograd_weight`. A parameter of this module; write through it
  // under torch::NoGradGuard only.
  virtual torch::Tensor& kernel() = 0;
  // m of F(m x m, 3 x 3), or 0 for a spatial convolution.
  virtual int tile_size() const = 0;

  // In training; kWinnow until told otherwise.
  void SetArithmetic(spec::Arithmetic arithmetic) { arithmetic_ = arithmetic; }

  // Tells a layer in training that weights whose `kept` (U8, as the kernel) is 0 are zero and stay so, which makes it
  // faster; undefined takes that back. False where the layer makes no use of it: then the caller holds the zeros.
  virtual bool SetKept(const torch::Tensor& kept);
  // What the gradient of the kernel is to be divided by, [m+2, m+2]; undefined: by nothing. False likewise: then the
  // caller divides.
  virtual bool SetGradientDivisors(const torch::Tensor& divisors);

  const ConvGeometry& geometry() const { return geometry_; }
  // Undefined where the layer has none.
  torch::Tensor& bias() { return bias_; }
  // Gives the layer a bias (batch-norm folding does), or replaces it. float32 [out_channels].
  void SetBias(const torch::Tensor& bias);

 protected:
  ConvGeometry geometry_;
  torch::Tensor bias_;
  spec::Arithmetic arithmetic_ = spec::Arithmetic::kWinnow;
};

// weight [out_channels, in_channels, kernel, kernel]. LibTorch's convolution; but in training a 3x3 one of stride 1 on
// the CPU is computed as the equal one in the Winograd domain, F(4,3), about twice as fast and accurate to some 1e-5.
class SpatialConv2d : public ConvLayer {
 public:
  explicit SpatialConv2d(const ConvGeometry& geometry);

  torch::Tensor forward(const torch::Tensor& input) override;
  torch::Tensor& kernel() override { return weight_; }
  int tile_size() const override { return 0; }

 private:
  torch::Tensor weight_;
  WinogradTraining training_;
};

}  // namespace winnow::worker

#endif  // WORKER_NN_CONV_LAYER_H_
