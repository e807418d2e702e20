// Whole networks as contenders: what a user waits for, pools, linear layers and all.
#ifndef WORKER_BENCH_WHOLE_NET_H_
#define WORKER_BENCH_WHOLE_NET_H_

#include <torch/torch.h>

#include <memory>
#include <string>

#include "base/result.h"
#include "worker/bench/contender.h"
#include "worker/infer/deployed_net.h"
#include "worker/nn/net.h"

namespace winnow::worker {

// From images in NCHW to logits, every conversion of layout included.
class NetContender : public Contender {
 public:
  virtual torch::Tensor logits() const = 0;  // of the last run
};

// `net` with our kernels (worker/infer/deployed_net.h), which it takes over.
std::unique_ptr<NetContender> MakeOurNet(DeployedNet net, const torch::Tensor& images);

// The dense network, batch norms folded: "torch", LibTorch's operations on NCHW tensors; "onednn", a chain of oneDNN's
// primitives in the memory formats it likes best, ReLU and residual fused. Weights are those of `dense`, a net of
// spatial convolutions in evaluation mode, which it may change.
//
// kUnimplemented    this build has no oneDNN, or the network is of a kind that has no such chain
// kInvalidArgument  no peer of that name
Result<std::unique_ptr<NetContender>> MakeDenseNet(const std::string& peer, std::shared_ptr<Net> dense,
                                                   const torch::Tensor& images);

// Part of MakeDenseNet.
Result<std::unique_ptr<NetContender>> MakeOnednnNet(Net& dense, const torch::Tensor& images);

}  // namespace winnow::worker

#endif  // WORKER_BENCH_WHOLE_NET_H_
