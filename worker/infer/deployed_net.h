// A pruned net as it is used: batch norms folded, pruned layers by our kernels, the rest by LibTorch.
#ifndef WORKER_INFER_DEPLOYED_NET_H_
#define WORKER_INFER_DEPLOYED_NET_H_

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "worker/infer/planned_conv2d.h"
#include "worker/nn/net.h"

namespace winnow::kernels {
class KernelTuner;
}  // namespace winnow::kernels

namespace winnow::worker {

// Ownership  takes the net over and changes it.
// Threads    one call at a time; spreads over LibTorch's threads.
class DeployedNet {
 public:
  // A convolution goes to our kernels when it is in the Winograd domain, or would have at least kLeastSparsity zeros
  // there. `tile_size` (2 or 4) of those that are not converted yet.
  static constexpr double kLeastSparsity = 0.05;
  // With a `tuner`, which nets may share that run in turn, plans are tuned when a size of images is first seen: that
  // Run() takes up to a second a layer whose choice is not remembered.
  static Result<DeployedNet> Make(std::shared_ptr<Net> net, int tile_size,
                                  std::shared_ptr<kernels::KernelTuner> tuner = nullptr);

  // [N, channels, H, W] to logits [N, classes]. Batches that fill most of a block of 16 go through the net blocked.
  torch::Tensor Run(const torch::Tensor& images);

  // Names of the convolutions that our kernels compute.
  const std::vector<std::string>& ours() const { return ours_; }
  // Names of those of which every plan made so far was chosen by timing.
  std::vector<std::string> Tuned() const;

 private:
  explicit DeployedNet(std::shared_ptr<Net> net) : net_(std::move(net)) {}

  std::shared_ptr<Net> net_;
  std::vector<std::string> ours_;
  std::vector<std::shared_ptr<PlannedConv2d>> planned_;  // of ours_
};

}  // namespace winnow::worker

#endif  // WORKER_INFER_DEPLOYED_NET_H_
