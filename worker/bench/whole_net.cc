#include "worker/bench/whole_net.h"

#include <utility>

#include "worker/bench/library_versions.h"

namespace winnow::worker {
namespace {

class OurNet : public NetContender {
 public:
  OurNet(DeployedNet net, torch::Tensor images) : net_(std::move(net)), images_(std::move(images)) {}

  void Run() override { logits_ = net_.Run(images_); }
  std::string implementation() const override {
    return std::to_string(net_.ours().size()) + " convolutions by our kernels, the rest by LibTorch " +
           LibTorchVersion();
  }
  torch::Tensor logits() const override { return logits_; }

 private:
  DeployedNet net_;
  torch::Tensor images_, logits_;
};

class TorchNet : public NetContender {
 public:
  TorchNet(std::shared_ptr<Net> net, torch::Tensor images) : net_(std::move(net)), images_(std::move(images)) {}

  void Run() override {
    torch::InferenceMode inference;
    logits_ = net_->forward(images_);
  }
  std::string implementation() const override { return "LibTorch " + LibTorchVersion() + " (nchw)"; }
  torch::Tensor logits() const override { return logits_; }

 private:
  std::shared_ptr<Net> net_;
  torch::Tensor images_, logits_;
};

}  // namespace

std::unique_ptr<NetContender> MakeOurNet(DeployedNet net, const torch::Tensor& images) {
  return std::make_unique<OurNet>(std::move(net), images);
}

Result<std::unique_ptr<NetContender>> MakeDenseNet(const std::string& peer, std::shared_ptr<Net> dense,
                                                   const torch::Tensor& images) {
  dense->eval();
  FoldBatchNorm(*dense);
  if (peer == "torch") return std::make_unique<TorchNet>(std::move(dense), images);
  if (peer == "onednn") return MakeOnednnNet(*dense, images);
  return Err(InvalidArgument("\"" + peer + "\" runs no whole network; there are onednn and torch"));
}

}  // namespace winnow::worker
