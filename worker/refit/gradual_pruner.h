// Pruning in the Winograd domain that goes on in the retraining: gradually, with regrowth, or both (docs/methods.md).
#ifndef WORKER_REFIT_GRADUAL_PRUNER_H_
#define WORKER_REFIT_GRADUAL_PRUNER_H_

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "worker/pruning/cubic_schedule.h"
#include "worker/refit/winograd_pruner.h"
#include "worker/training/mask_changer.h"

namespace winnow::worker {

// With the schedule kCubic each change prunes, by PruneNet() with all the method's options, from what the layers had at
// the begin to the rate that CubicRate() has by then. With kDenseCopy each change prunes the dense copies anew, to that
// rate or the whole one. With kRigl each change, after any pruning, swaps survivors for pruned coefficients.
//
// Ownership  borrows net, sample and the targets' layers.
class GradualPruner : public MaskChanger {
 public:
  // `times` of the retraining. `go_on` as in PruneNet().
  GradualPruner(Net& net, std::vector<PruneTarget> targets, int tile_size, spec::WinogradMethod method,
                const ImageSample* sample, const ChangeTimes& times, std::function<bool()> go_on);

  // What is pruned before step 0; once, before anything else, on the net that the stage starts from. Nothing where it
  // was told to stop.
  std::optional<std::vector<PrunedLayer>> Begin();
  // As they are after Begin(): the kernels before it, and where coefficients stay as it left them. Empty without
  // kDenseCopy.
  const std::map<std::string, torch::Tensor>& dense_copies() const { return dense_copies_; }

  bool ChangesBefore(int64_t step) const override;
  bool WantsGradients(int64_t step) const override;
  bool Change(int64_t step, const std::map<std::string, torch::Tensor>& gradients, MaskState& state) override;
  std::map<std::string, torch::Tensor> Preconditioners(const MaskState& state) const override;

 private:
  bool cubic() const { return method_.mask_changes.schedule == spec::PruningSchedule::kCubic; }
  bool copies() const { return method_.mask_changes.regrowth == spec::Regrowth::kDenseCopy; }
  bool swaps() const { return method_.mask_changes.regrowth == spec::Regrowth::kRigl; }

  std::vector<PruneTarget> TargetsAt(int64_t step) const;
  std::optional<std::vector<PrunedLayer>> PruneTo(int64_t step);
  bool PruneAgain(int64_t step, MaskState& state);
  void Swap(int64_t step, const std::map<std::string, torch::Tensor>& gradients, MaskState& state);

  Net& net_;
  std::vector<PruneTarget> targets_;
  const int tile_size_;
  spec::WinogradMethod method_;
  const ImageSample* sample_;
  const ChangeTimes times_;
  const std::function<bool()> go_on_;
  std::vector<double> starts_;  // the share of zeros that each target had
  std::map<std::string, torch::Tensor> dense_copies_;
};

}  // namespace winnow::worker

#endif  // WORKER_REFIT_GRADUAL_PRUNER_H_
