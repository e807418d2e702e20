#include "worker/infer/deployed_net.h"

#include <utility>

#include "kernels/plan/choices.h"
#include "worker/nn/filter_transform.h"
#include "worker/nn/image_layout.h"

namespace winnow::worker {
namespace {

double ZeroShare(const torch::Tensor& coefficients) {
  return 1.0 -
         static_cast<double>(coefficients.count_nonzero().item<int64_t>()) / static_cast<double>(coefficients.numel());
}

}  // namespace

Result<DeployedNet> DeployedNet::Make(std::shared_ptr<Net> net, int tile_size,
                                      std::shared_ptr<kernels::KernelTuner> tuner) {
  torch::NoGradGuard no_grad;
  net->eval();
  FoldBatchNorm(*net);
  const auto scratch = std::make_shared<kernels::ScratchBuffer>();
  DeployedNet deployed(std::move(net));
  for (ConvUnit* unit : deployed.net_->Prunable()) {
    FoldedConv folded = unit->Folded();
    if (unit->conv().tile_size() == 0) {
      folded.kernel = ToWinogradDomain(folded.kernel, tile_size);
      if (ZeroShare(folded.kernel) < kLeastSparsity) continue;
    }
    deployed.ours_.push_back(unit->name());
    deployed.planned_.push_back(std::make_shared<PlannedConv2d>(unit->conv().geometry(), folded, scratch, tuner));
    unit->Replace(deployed.planned_.back());
  }
  return deployed;
}

std::vector<std::string> DeployedNet::Tuned() const {
  std::vector<std::string> names;
  for (size_t i = 0; i < ours_.size(); ++i) {
    if (planned_[i]->Tuned()) names.push_back(ours_[i]);
  }
  return names;
}

torch::Tensor DeployedNet::Run(const torch::Tensor& images) {
  torch::InferenceMode inference;
  const kernels::ConvShape batch{.batch = images.size(0)};
  const bool blocked = !ours_.empty() && kernels::ChooseLayout(batch) == kernels::TensorLayout::kBlocked16;
  const torch::Tensor logits = net_->forward(blocked ? BlockedFrom(images) : images);
  return logits.slice(0, 0, images.size(0));
}

}  // namespace winnow::worker
