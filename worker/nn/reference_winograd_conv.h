// The Winograd layer by plain LibTorch operations: in any floating type, on any device.
#ifndef WORKER_NN_REFERENCE_WINOGRAD_CONV_H_
#define WORKER_NN_REFERENCE_WINOGRAD_CONV_H_

#include <torch/torch.h>

namespace winnow::worker {

// What WinogradConvolution() computes (worker/nn/winograd_conv2d.h), differentiated by LibTorch. What the fast path is
// tested against, and what runs where that does not.
torch::Tensor ReferenceWinogradConvolution(const torch::Tensor& input, const torch::Tensor& winograd_weight,
                                           const torch::Tensor& bias, int64_t padding, int tile_size);

// The same from transformed tiles, of an input of `input_sizes`.
torch::Tensor ConvolveTransformed(const torch::Tensor& tiles, torch::IntArrayRef input_sizes,
                                  const torch::Tensor& winograd_weight, const torch::Tensor& bias, int64_t padding,
                                  int tile_size);

// The transformed input tiles B^T I B: [(m+2)^2, C, N * tiles] for input [N, C, H, W], zero-padded as the layer does.
torch::Tensor TransformedTiles(const torch::Tensor& input, int64_t padding, int tile_size);

}  // namespace winnow::worker

#endif  // WORKER_NN_REFERENCE_WINOGRAD_CONV_H_
