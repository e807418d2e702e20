// How the masks of a winograd_prune stage change while it retrains.
//
// With the defaults they do not: everything is pruned before the first step. docs/methods.md has formulas and sources.
#ifndef SPEC_MASK_CHANGES_H_
#define SPEC_MASK_CHANGES_H_

#include <string_view>

namespace winnow::spec {

// When coefficients go: all before the first step, or ever fewer from change to change (Zhu and Gupta, arXiv
// 1710.01878).
enum class PruningSchedule { kStep, kCubic };
std::string_view PruningScheduleText(PruningSchedule schedule);  // "step", "cubic"

// Whether pruned coefficients may come back: never; where a copy of all of them, trained with the gradients of the
// pruned net, says so (Lin et al., arXiv 2006.07253); or in place of others where the gradient is largest (Evci et al.,
// arXiv 1911.11134).
enum class Regrowth { kNone, kDenseCopy, kRigl };
std::string_view RegrowthText(Regrowth regrowth);  // "none", "dense-copy", "rigl"

struct MaskChanges {
  PruningSchedule schedule = PruningSchedule::kStep;
  Regrowth regrowth = Regrowth::kNone;
  double regrowth_fraction = 0.3;  // (0, 1), kRigl: of a layer's survivors, that the first change replaces
  double mask_epochs = 0.0;        // 0-10000, may be fractional: the masks change so long; 0: 3/4 of the retraining
  int mask_interval = 100;         // 1-1000000 steps of the optimizer from one change to the next

  bool any() const { return schedule != PruningSchedule::kStep || regrowth != Regrowth::kNone; }

  friend bool operator==(const MaskChanges&, const MaskChanges&) = default;
};

}  // namespace winnow::spec

#endif  // SPEC_MASK_CHANGES_H_
