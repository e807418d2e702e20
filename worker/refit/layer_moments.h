// What a layer of a net sees of its inputs, in the Winograd domain, and what follows for its coefficients.
//
// With a = m + 2 and C input channels: coefficient (c, k) of a filter has the index c a^2 + k.
#ifndef WORKER_REFIT_LAYER_MOMENTS_H_
#define WORKER_REFIT_LAYER_MOMENTS_H_

#include <torch/torch.h>

#include <vector>

#include "worker/nn/net.h"
#include "worker/refit/image_sample.h"

namespace winnow::worker {

struct MomentsWanted {
  int tile_size = 4;
  int64_t images = 1024;
  bool whole = false;   // `second`, whose size is the square of C a^2
  bool fisher = false;  // `fisher`, which costs a backward pass from the loss to the layer
};

// Means over tiles and images, with the net in evaluation mode. Float32, on the sample's device.
struct LayerMoments {
  torch::Tensor blocks;  // E[V_ck V_cl]: [C, a^2, a^2]
  torch::Tensor mean;    // E[V_ck]: [C a^2]
  torch::Tensor second;  // E[V_ck V_dl]: [C a^2, C a^2]; undefined unless `whole`
  torch::Tensor
      fisher;  // mean over images and pixels of (d loss of an image / d output)^2: [O]; undefined unless asked
};

// `units` are convolutions of `net`, in either domain; all are measured in one pass. Leaves the net in evaluation mode,
// its weights and gradients as they were.
std::vector<LayerMoments> MeasureMoments(Net& net, const std::vector<ConvUnit*>& units, const ImageSample& sample,
                                         const MomentsWanted& wanted);

// The mean change of a tile's output, sum of squares, when the layer's filter changes by d is d^T H d; with `centred`
// less what changes the mean of the output channel (OutputSums() in worker/pruning/kernel_hessian.h). [C a^2, C a^2],
// in the place of `moments.second`, which is gone then: it may be gigabytes.
torch::Tensor LayerHessian(LayerMoments& moments, int tile_size, bool centred);

// The blocks of H at the input channels, [C, a^2, a^2], float64, on the CPU; with a share of white noise added, 1 % of
// the channel's and 0.1 % of the layer's mean energy, so that each is positive definite where a channel is dead.
torch::Tensor KernelHessians(const LayerMoments& moments, int tile_size, bool centred);

// The same for inputs of which nothing is known: WhiteHessian() for every channel.
torch::Tensor WhiteKernelHessians(int64_t in_channels, int tile_size);

}  // namespace winnow::worker

#endif  // WORKER_REFIT_LAYER_MOMENTS_H_
