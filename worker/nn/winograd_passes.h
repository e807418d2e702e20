// The two directions of a Winograd layer on float32 tensors, outside LibTorch's differentiation.
//
// The batch is cut into blocks of images whose V and M fit a thread's cache; each block goes through its transforms and
// products in one go. V is not kept for the way back but made again.
//
// Threads    LibTorch's. The output and the input's gradient do not depend on their number; the filter's gradient is
//            summed thread by thread and so does.
#ifndef WORKER_NN_WINOGRAD_PASSES_H_
#define WORKER_NN_WINOGRAD_PASSES_H_

#include <torch/torch.h>

namespace winnow::worker {

// Layout   input [N, C, H, W] dense; weight [O, C, m+2, m+2]; bias [O] or undefined. All float32 on the CPU.
torch::Tensor WinogradForward(const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias,
                              int64_t padding, int tile_size);

// Which gradients are wanted besides the filter's.
struct WantedGradients {
  bool input = true;
  bool bias = true;
};

struct WinogradGradients {
  torch::Tensor input;  // undefined where not wanted
  torch::Tensor weight;
  torch::Tensor bias;  // undefined where not wanted
};

WinogradGradients WinogradBackward(const torch::Tensor& input, const torch::Tensor& weight,
                                   const torch::Tensor& d_output, int64_t padding, int tile_size,
                                   WantedGradients wanted);

}  // namespace winnow::worker

#endif  // WORKER_NN_WINOGRAD_PASSES_H_
