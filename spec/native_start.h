// What net a ladder of prunings in the Winograd domain begins with, and how a net is trained that is in that domain
// from the first step on.
//
// Native pruning is Li et al. 2017 (arXiv 1702.08597), ReLU in the Winograd domain Liu et al. 2018 (arXiv 1802.06367);
// docs/methods.md has the formulas.
#ifndef SPEC_NATIVE_START_H_
#define SPEC_NATIVE_START_H_

#include <string_view>

namespace winnow::spec {

enum class Start {
  kSpatial,       // every spatial step, or the dense net where there is none
  kDense,         // the dense net, whatever is pruned in the spatial domain
  kNative,        // a net of its own whose prunable layers are trained in the Winograd domain
  kWinogradRelu,  // the same of the network with its ReLUs behind the transforms of inputs; F(2x2,3x3) only
};
std::string_view StartText(Start start);  // "spatial", "dense", "native", "winograd-relu"

constexpr bool IsNative(Start start) { return start == Start::kNative || start == Start::kWinogradRelu; }

// Of a training in the Winograd domain before any pruning. Coefficients set to zero by the threshold may come back in a
// later step.
struct NativeRule {
  double l1 = 0.0;              // [0, 1000], times the sign of a coefficient, added to its gradient
  double threshold = 0.0;       // [0, 1000]: coefficients of no larger magnitude are set to zero after each step
  bool scale_threshold = true;  // divide it by the norm of the coefficient's row of A (x) A
  // 0, or 2-1e6: the threshold at most so many times larger where the gradient is small: 1 / (|g| / t + 1 / (f t)).
  double threshold_factor = 0.0;

  friend bool operator==(const NativeRule&, const NativeRule&) = default;
};

}  // namespace winnow::spec

#endif  // SPEC_NATIVE_START_H_
