// What a plan may choose for a filter that is made already: the multiplication, and how the work is cut.
#ifndef KERNELS_TUNING_KERNEL_CHOICE_H_
#define KERNELS_TUNING_KERNEL_CHOICE_H_

#include <string>
#include <vector>

#include "kernels/isa/isa.h"
#include "kernels/plan/conv_plan.h"

namespace winnow::kernels {

struct KernelChoice {
  MultiplyKind multiply = MultiplyKind::kDense;
  Tuning tuning;  // every member that `multiply` has

  std::string ToString() const;  // "sparse, 4 vectors, panels of 32768 bytes"

  friend bool operator==(const KernelChoice&, const KernelChoice&) = default;
};

// The same layer with the choice forced.
ConvPlanOptions WithChoice(ConvPlanOptions options, const KernelChoice& choice);

// What is worth timing for a layer, the model's own choice first, then the likelier before the others: the
// multiplications that can win at this density, each with a few numbers of vectors and sizes of panels. What the
// options force stays forced. No two make the same plan; some twenty at most, fewer for small layers. `density`: kept
// coefficients of all.
std::vector<KernelChoice> KernelCandidates(const ConvPlanOptions& options, Isa isa, double density);

}  // namespace winnow::kernels

#endif  // KERNELS_TUNING_KERNEL_CHOICE_H_
