// Filters on their way into the Winograd domain, as LibTorch sees it.
#ifndef WORKER_NN_FILTER_TRANSFORM_H_
#define WORKER_NN_FILTER_TRANSFORM_H_

#include <torch/torch.h>

namespace winnow::worker {

// Q = G W G^T: float32 [O, C, 3, 3] to [O, C, m+2, m+2]. Differentiable: dW = G^T dQ G. Coefficients all of whose
// weights are 0 are exactly 0.
torch::Tensor ToWinogradDomain(const torch::Tensor& weight, int tile_size);

}  // namespace winnow::worker

#endif  // WORKER_NN_FILTER_TRANSFORM_H_
