// Batches of images as LibTorch tensors in the kernels' two layouts (kernels/layout/blocked_layout.h).
//
// Blocked: [ceil(N / 16), C, H, W, 16], five dimensions where NCHW has four, so that channels, rows and columns keep
// their places. A net takes either. In evaluation lanes past the last image hold whatever they come to hold; in
// training there are none, because batch norm counts images: a batch is in blocks only where it fills them.
#ifndef WORKER_NN_IMAGE_LAYOUT_H_
#define WORKER_NN_IMAGE_LAYOUT_H_

#include <torch/torch.h>

namespace winnow::worker {

inline bool IsBlocked(const torch::Tensor& images) { return images.dim() == 5; }

// float32 on the CPU. What is in that layout already comes back as it is; NchwFrom gives whole blocks of images.
// Differentiable; then BlockedFrom takes whole blocks only.
torch::Tensor BlockedFrom(const torch::Tensor& images);
torch::Tensor NchwFrom(const torch::Tensor& images);

}  // namespace winnow::worker

#endif  // WORKER_NN_IMAGE_LAYOUT_H_
