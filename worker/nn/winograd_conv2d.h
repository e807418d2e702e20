// A stride-1 3x3 convolution whose weights live, and are trained, in the Winograd domain.
//
//   output = A^T [ sum over c of Q[o,c] .* (B^T input[c] B) ] A     per m x m output tile,
//
// Q free (not tied to the image of G W G^T), as science/spatial_winograd_pruning.md section 1 has it. Input that does
// not fill the last tiles is padded with zeros at bottom and right and the output cropped, so any size goes.
#ifndef WORKER_NN_WINOGRAD_CONV2D_H_
#define WORKER_NN_WINOGRAD_CONV2D_H_

#include <torch/torch.h>

#include "worker/nn/conv_layer.h"
#include "worker/nn/filter_transform.h"  // who makes a Winograd layer has filters to bring

namespace winnow::worker {

// winograd_weight [out_channels, in_channels, m+2, m+2].
class WinogradConv2d : public ConvLayer {
 public:
  // `tile_size` 2 or 4. The weights start as zeros: conversion or a checkpoint fills them.
  WinogradConv2d(const ConvGeometry& geometry, int tile_size);

  torch::Tensor forward(const torch::Tensor& input) override;
  torch::Tensor& kernel() override { return winograd_weight_; }
  int tile_size() const override { return tile_size_; }
  bool SetKept(const torch::Tensor& kept) override;
  bool SetGradientDivisors(const torch::Tensor& divisors) override;

 private:
  int tile_size_;
  torch::Tensor winograd_weight_;
  WinogradTraining training_;
};

// Such a convolution on its own. float32 on the CPU goes by the training kernels, anything else by the reference.
// `bias` may be undefined.
torch::Tensor WinogradConvolution(const torch::Tensor& input, const torch::Tensor& winograd_weight,
                                  const torch::Tensor& bias, int64_t padding, int tile_size);

}  // namespace winnow::worker

#endif  // WORKER_NN_WINOGRAD_CONV2D_H_
