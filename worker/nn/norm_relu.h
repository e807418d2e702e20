// Batch norm and ReLU in one: what follows the convolutions, without LibTorch's many passes over memory. It works
// channel by channel, so that what it reads twice is still in the cache.
//
// Threads    LibTorch's; results do not depend on their number.
// Accuracy   sums in float lanes a plane, in double over the planes; tested against LibTorch's operations.
#ifndef WORKER_NN_NORM_RELU_H_
#define WORKER_NN_NORM_RELU_H_

#include <torch/torch.h>

namespace winnow::worker {

// relu(norm(input)), or norm(input) where `relu` is false. In training mode batch statistics, which also move the
// running ones by the norm's momentum; else the running ones. What the fast path does not take (another type or device,
// gradients outside training mode) LibTorch computes.
torch::Tensor NormRelu(const torch::Tensor& input, torch::nn::BatchNorm2d& norm, bool relu);

}  // namespace winnow::worker

#endif  // WORKER_NN_NORM_RELU_H_
