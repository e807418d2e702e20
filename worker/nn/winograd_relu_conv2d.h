// A Winograd layer with its ReLU in the Winograd domain (Liu et al. 2018): between the transform of the input and the
// products, in place of the ReLU before the layer.
//
//   output = A^T [ sum over c of Q[o,c] .* max(0, B^T input[c] B) ] A     per 2 x 2 output tile
//
// No spatial convolution computes this, so that a net of such layers is another network, to be trained from the start.
// There is none for larger tiles: what a tile's coefficients share of a pixel grows with the tile.
#ifndef WORKER_NN_WINOGRAD_RELU_CONV2D_H_
#define WORKER_NN_WINOGRAD_RELU_CONV2D_H_

#include <torch/torch.h>

#include <cstdint>

#include "worker/nn/conv_layer.h"

namespace winnow::worker {

// winograd_weight [out_channels, in_channels, 4, 4], zeros at first. By LibTorch's operations, differentiated by its
// autograd; masks and divisors of gradients are the caller's to hold.
class WinogradReluConv2d : public ConvLayer {
 public:
  static constexpr int kTileSize = 2;

  explicit WinogradReluConv2d(const ConvGeometry& geometry);

  torch::Tensor forward(const torch::Tensor& input) override;
  torch::Tensor& kernel() override { return winograd_weight_; }
  int tile_size() const override { return kTileSize; }

  // Coefficients of transformed inputs behind the ReLU since counting began, padding among them, and how many of these
  // are zero.
  struct Activations {
    int64_t zeros = 0;
    int64_t count = 0;
  };
  void CountActivations() { counting_ = true; }
  const Activations& activations() const { return activations_; }

 private:
  torch::Tensor winograd_weight_;
  bool counting_ = false;
  Activations activations_;
};

}  // namespace winnow::worker

#endif  // WORKER_NN_WINOGRAD_RELU_CONV2D_H_
