#include "worker/refit/gradual_pruner.h"

#include <span>
#include <utility>

#include "worker/pruning/regrowth.h"

namespace winnow::worker {
namespace {

using torch::Tensor;

// Of a layer that is being trained: without its history.
Tensor KernelOf(const PruneTarget& target) { return target.unit->conv().kernel().detach(); }

template <typename T>
std::span<const T> Values(const Tensor& t) {
  return {t.data_ptr<T>(), static_cast<size_t>(t.numel())};
}

}  // namespace

GradualPruner::GradualPruner(Net& net, std::vector<PruneTarget> targets, int tile_size, spec::WinogradMethod method,
                             const ImageSample* sample, const ChangeTimes& times, std::function<bool()> go_on)
    : net_(net),
      targets_(std::move(targets)),
      tile_size_(tile_size),
      method_(std::move(method)),
      sample_(sample),
      times_(times),
      go_on_(std::move(go_on)) {
  for (const PruneTarget& target : targets_) {
    const Tensor kernel = KernelOf(target);
    starts_.push_back(kernel.eq(0).sum().item<double>() / static_cast<double>(kernel.numel()));
    if (copies()) dense_copies_[target.unit->name()] = kernel.clone();
  }
}

std::optional<std::vector<PrunedLayer>> GradualPruner::Begin() {
  std::optional<std::vector<PrunedLayer>> layers = PruneTo(0);
  if (!layers) return std::nullopt;
  for (size_t i = 0; i < targets_.size(); ++i) targets_[i].base_score = (*layers)[i].base_score;
  method_.rounds = 1;  // later changes are small
  return layers;
}

bool GradualPruner::ChangesBefore(int64_t step) const {
  return times_.ChangeBefore(step) && (cubic() || copies() || step < times_.last);  // the last swap is of none
}

bool GradualPruner::WantsGradients(int64_t step) const { return swaps() && step < times_.last; }

bool GradualPruner::Change(int64_t step, const std::map<std::string, Tensor>& gradients, MaskState& state) {
  torch::NoGradGuard no_grad;
  if ((cubic() || copies()) && !PruneAgain(step, state)) return false;
  if (WantsGradients(step)) Swap(step, gradients, state);
  return true;
}

std::map<std::string, Tensor> GradualPruner::Preconditioners(const MaskState& state) const {
  std::map<std::string, Tensor> preconditioners;
  if (method_.preconditioner != spec::Preconditioner::kKernel) return preconditioners;
  for (const auto& [layer, kept] : state.kept) {
    preconditioners[layer] =
        KernelPreconditioner(kept, tile_size_, state.dense_copies.contains(layer)).to(net_.device());
  }
  return preconditioners;
}

std::vector<PruneTarget> GradualPruner::TargetsAt(int64_t step) const {
  std::vector<PruneTarget> targets = targets_;
  for (size_t i = 0; cubic() && i < targets.size(); ++i) {
    targets[i].rate = CubicRate(starts_[i], targets[i].rate, step, times_);
    targets[i].exact_rate = true;  // an allocation may have taken more of it before
  }
  return targets;
}

// Prunes the net as it is. Dense copies take over what became of the survivors.
std::optional<std::vector<PrunedLayer>> GradualPruner::PruneTo(int64_t step) {
  torch::NoGradGuard no_grad;
  std::optional<std::vector<PrunedLayer>> layers =
      PruneNet(net_, TargetsAt(step), tile_size_, method_, sample_, go_on_);
  for (size_t i = 0; layers && copies() && i < targets_.size(); ++i) {
    const Tensor kernel = KernelOf(targets_[i]);
    Tensor& copy = dense_copies_[targets_[i].unit->name()];
    copy = torch::where((*layers)[i].kept.to(kernel.device()).ne(0), kernel, copy);
  }
  return layers;
}

bool GradualPruner::PruneAgain(int64_t step, MaskState& state) {
  if (copies()) {
    dense_copies_ = std::exchange(state.dense_copies, {});
    for (const PruneTarget& target : targets_) KernelOf(target).copy_(dense_copies_.at(target.unit->name()));
  }
  const std::optional<std::vector<PrunedLayer>> layers = PruneTo(step);
  if (!layers) return false;
  for (const PrunedLayer& layer : *layers) state.kept[layer.name] = layer.kept;
  // After the last change nothing asks for what is pruned.
  if (step < times_.last) state.dense_copies = std::move(dense_copies_);
  dense_copies_.clear();
  return true;
}

void GradualPruner::Swap(int64_t step, const std::map<std::string, Tensor>& gradients, MaskState& state) {
  const double fraction = CosineFraction(method_.mask_changes.regrowth_fraction, step, times_);
  for (const PruneTarget& target : targets_) {
    const Tensor kernel = KernelOf(target).cpu().contiguous();
    const Tensor gradient = gradients.at(target.unit->name()).cpu().contiguous();
    Tensor& kept = state.kept.at(target.unit->name());
    const SwapScores scores =
        ScoresForSwap(Values<float>(kernel), Values<float>(gradient), tile_size_, method_.importance_factors);
    const std::vector<uint8_t> mask = SwapLeastForSteepest(scores, Values<uint8_t>(kept), fraction);
    kept = torch::tensor(mask, torch::kUInt8).view(kernel.sizes());
  }
}

}  // namespace winnow::worker
