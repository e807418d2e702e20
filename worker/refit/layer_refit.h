// The survivors of a pruned layer, fitted together so that the layer's output is as near as can be to what it was.
#ifndef WORKER_REFIT_LAYER_REFIT_H_
#define WORKER_REFIT_LAYER_REFIT_H_

#include <torch/torch.h>

namespace winnow::worker {

// All float32 and on one device but `kernel_hessians`; n = in_channels * (m+2)^2.
struct RefitProblem {
  torch::Tensor hessian;          // [n, n], symmetric, positive semidefinite: LayerHessian()
  torch::Tensor kernel_hessians;  // float64 [in_channels, (m+2)^2, (m+2)^2], positive definite: KernelHessians()
  torch::Tensor target;           // [out_channels, n], the filter before it was pruned
  torch::Tensor start;            // [out_channels, n], 0 where pruned
  torch::Tensor kept;             // U8 [out_channels, n], 1 = kept
};

// X that makes tr((X - target) H (X - target)^T) small, X being 0 where not kept: conjugate gradients from `start`,
// each output channel by itself, preconditioned by the inverse Hessian of each kernel's survivors. `iterations` >= 0 at
// most; a channel is done when its residual has fallen by 1e-4. Never worse than `start` by more than rounding.
torch::Tensor RefitLayer(const RefitProblem& problem, int iterations);

// tr((X - target) H (X - target)^T) an output channel: [out_channels].
torch::Tensor OutputErrors(const RefitProblem& problem, const torch::Tensor& x);

}  // namespace winnow::worker

#endif  // WORKER_REFIT_LAYER_REFIT_H_
