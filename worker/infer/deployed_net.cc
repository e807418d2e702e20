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

Result<DeployedNet> DeployedNet::Make(std::shared_ptr<Net> net, int tile_size) {
  for (const spec::Layer& layer : net->network().layers) {
    if (!layer.winograd_relu) continue;
    return Err(FailedPrecondition(layer.name + " has its ReLU in the Winograd domain, and our kernels have none there; "
                                               "such a net runs in evaluations, not packed or deployed"));
  }
  torch::NoGradGuard no_grad;
  net->eval();
  FoldBatchNorm(*net);
  const auto scratch = std::make_shared<kernels::ScratchBuffer>();
  for (ConvUnit* unit : net->Prunable()) {
    FoldedConv folded = unit->Folded();
    if (unit->conv().tile_size() == 0) {
      folded.kernel = ToWinogradDomain(folded.kernel, tile_size);
      if (ZeroShare(folded.kernel) < kLeastSparsity) continue;
    }
    unit->Replace(std::make_shared<PlannedConv2d>(unit->conv().geometry(), folded, scratch));
  }
  return DeployedNet(std::move(net));
}

DeployedNet::DeployedNet(std::shared_ptr<Net> net) : net_(std::move(net)) {
  for (ConvUnit* unit : net_->Convs()) {
    auto* planned = dynamic_cast<PlannedConv2d*>(&unit->conv());
    if (planned == nullptr) continue;
    ours_.push_back(unit->name());
    planned_.push_back(planned);
  }
}

void DeployedNet::UseTuner(const std::shared_ptr<kernels::KernelTuner>& tuner) {
  for (PlannedConv2d* planned : planned_) planned->UseTuner(tuner);
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

Result<std::map<std::string, kernels::PackedFilter>> DeployedNet::PackFilters(int64_t batch) {
  const spec::Network& network = net_->network();
  Run(torch::zeros({batch, network.image_channels, network.image_height, network.image_width}));
  std::map<std::string, kernels::PackedFilter> filters;
  for (const std::string& name : ours_) {
    auto& conv = static_cast<PlannedConv2d&>(net_->FindConv(name)->conv());
    Result<kernels::PackedFilter> filter = conv.Pack();
    if (!filter) return Err(filter.error().WithContext(name));
    filters.emplace(name, *std::move(filter));
  }
  return filters;
}

}  // namespace winnow::worker
