#include "worker/training/kernel_masks.h"

namespace winnow::worker {

Status KernelMasks::Set(Net& net, const std::string& layer, std::span<const uint8_t> kept) {
  ConvUnit* unit = net.FindConv(layer);
  if (unit == nullptr) return NotFound("no convolution \"" + layer + "\" to mask");
  const torch::Tensor& kernel = unit->conv().kernel();
  if (static_cast<size_t>(kernel.numel()) != kept.size()) {
    return InvalidArgument("the mask of " + layer + " has " + std::to_string(kept.size()) + " elements, its kernel " +
                           std::to_string(kernel.numel()));
  }
  torch::Tensor pruned = torch::empty(kernel.sizes(), torch::kBool);
  bool* out = pruned.data_ptr<bool>();
  for (size_t i = 0; i < kept.size(); ++i) out[i] = kept[i] == 0;
  pruned_[layer] = pruned.to(kernel.device());
  return OkStatus();
}

void KernelMasks::Set(Net& net, const std::string& layer, const torch::Tensor& kept) {
  const torch::Tensor& kernel = net.FindConv(layer)->conv().kernel();
  TORCH_CHECK(kernel.sizes() == kept.sizes(), "the mask of ", layer, " does not fit");
  pruned_[layer] = kept.logical_not().to(kernel.device());
}

void KernelMasks::Hold(Net& net) const {
  torch::NoGradGuard no_grad;
  for (const auto& [layer, pruned] : pruned_) net.FindConv(layer)->conv().kernel().masked_fill_(pruned, 0);
}

void KernelMasks::MoveTo(torch::Device device) {
  for (auto& [layer, pruned] : pruned_) pruned = pruned.to(device);
}

std::map<std::string, torch::Tensor> KernelMasks::Kept() const {
  std::map<std::string, torch::Tensor> kept;
  for (const auto& [layer, pruned] : pruned_) kept[layer] = pruned.logical_not().to(torch::kUInt8).cpu();
  return kept;
}

bool KernelMasks::SameAs(const std::map<std::string, torch::Tensor>& kept) const {
  const std::map<std::string, torch::Tensor> own = Kept();
  if (own.size() != kept.size()) return false;
  for (const auto& [layer, tensor] : own) {
    const auto other = kept.find(layer);
    if (other == kept.end() || !torch::equal(tensor, other->second)) return false;
  }
  return true;
}

}  // namespace winnow::worker
