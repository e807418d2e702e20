// The 2x2 pool.
#ifndef WORKER_NN_MAX_POOL_H_
#define WORKER_NN_MAX_POOL_H_

#include <torch/torch.h>

namespace winnow::worker {

// The largest of every 2x2 block of [N, C, H, W] (or of the blocked layout), stride 2; an odd
// last row or column is left out. Differentiable; of equal values the first gets the gradient. float32 on the CPU by
// loops of its own, which LibTorch's are several times slower than; anything else by LibTorch.
torch::Tensor MaxPool2x2(const torch::Tensor& input);

}  // namespace winnow::worker

#endif  // WORKER_NN_MAX_POOL_H_
