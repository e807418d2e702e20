// A pruned net as it is used: batch norms folded, pruned layers by our kernels, the rest by LibTorch.
#ifndef WORKER_INFER_DEPLOYED_NET_H_
#define WORKER_INFER_DEPLOYED_NET_H_

#include <torch/torch.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "kernels/filter/packed_filter.h"
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
  // kFailedPrecondition for a net with ReLUs in the Winograd domain.
  static constexpr double kLeastSparsity = 0.05;
  static Result<DeployedNet> Make(std::shared_ptr<Net> net, int tile_size);

  // A net without batch norms whose pruned convolutions are PlannedConv2d.
  explicit DeployedNet(std::shared_ptr<Net> net);

  // Plans are from now on tuned when a size of images is first seen: that Run() takes up to a second a layer whose
  // choice is not remembered. Nets may share a tuner and run in turn. Null: none.
  void UseTuner(const std::shared_ptr<kernels::KernelTuner>& tuner);

  // [N, channels, H, W] to logits [N, classes]. Batches that fill most of a block of 16 go through the net blocked.
  torch::Tensor Run(const torch::Tensor& images);

  // Names of the convolutions that our kernels compute.
  const std::vector<std::string>& ours() const { return ours_; }
  // Names of those of which every plan made so far was chosen by timing.
  std::vector<std::string> Tuned() const;

  // Their filters by name, packed as a Run() of `batch` images on LibTorch's present threads reads them. Makes that
  // run.
  Result<std::map<std::string, kernels::PackedFilter>> PackFilters(int64_t batch);

  const Net& net() const { return *net_; }

 private:
  std::shared_ptr<Net> net_;
  std::vector<std::string> ours_;
  std::vector<PlannedConv2d*> planned_;  // those of ours_, which the net owns
};

}  // namespace winnow::worker

#endif  // WORKER_INFER_DEPLOYED_NET_H_
