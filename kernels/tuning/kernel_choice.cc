#include "kernels/tuning/kernel_choice.h"

#include <algorithm>
#include <span>

#include "kernels/plan/blocking.h"

namespace winnow::kernels {
namespace {

// The likeliest first: a tuning with little time leaves out the last.
constexpr int kVectors[] = {4, 8, 2, 6, 3, 1};
constexpr int64_t kPanels[] = {32 * 1024, 48 * 1024, 16 * 1024};

// Outside of these the other multiplication wins by far (kernels/bench/RESULTS.md: they cross at 0.6 to 0.8).
constexpr double kLeastDenseDensity = 0.35;
constexpr double kMostSparseDensity = 0.95;

class Candidates {
 public:
  Candidates(const ConvPlanOptions& options, Isa isa, double density)
      : options_(options), isa_(isa), density_(density) {}

  // Unless the plan does not take it, or one that is there cuts the work the same.
  void Add(const KernelChoice& choice) {
    const ConvPlanOptions options = WithChoice(options_, choice);
    if (!CheckTuning(options, isa_, choice.multiply).ok()) return;
    const Blocking blocking = ChooseBlocking(options, isa_, choice.multiply, density_);
    for (size_t i = 0; i < choices_.size(); ++i) {
      if (choices_[i].multiply == choice.multiply && blockings_[i] == blocking) return;
    }
    choices_.push_back(choice);
    blockings_.push_back(blocking);
  }

  void AddAll(MultiplyKind multiply) {
    const Tuning& forced = options_.tuning;
    for (const int vectors : kVectors) {
      if (forced.vectors && *forced.vectors != vectors) continue;
      if (multiply == MultiplyKind::kDense) {
        Add({multiply, {.vectors = vectors}});
        continue;
      }
      for (const int64_t panel : kPanels) {
        Add({multiply, {.vectors = vectors, .panel_bytes = forced.panel_bytes.value_or(panel)}});
      }
    }
  }

  const std::vector<KernelChoice>& choices() const { return choices_; }

 private:
  ConvPlanOptions options_;
  Isa isa_;
  double density_;
  std::vector<KernelChoice> choices_;
  std::vector<Blocking> blockings_;
};

}  // namespace

std::string KernelChoice::ToString() const {
  std::string text(MultiplyKindName(multiply));
  if (tuning.vectors) text.append(", ").append(std::to_string(*tuning.vectors)).append(" vectors");
  if (tuning.panel_bytes) text.append(", panels of ").append(std::to_string(*tuning.panel_bytes)).append(" bytes");
  return text;
}

ConvPlanOptions WithChoice(ConvPlanOptions options, const KernelChoice& choice) {
  options.multiply = choice.multiply;
  options.tuning = choice.tuning;
  return options;
}

std::vector<KernelChoice> KernelCandidates(const ConvPlanOptions& options, Isa isa, double density) {
  Candidates candidates(options, isa, density);
  const MultiplyKind model = options.multiply.value_or(ChooseMultiply(options, isa, density));
  candidates.Add({model, ChooseTuning(options, isa, model, density)});
  const bool may_be_dense = options.multiply ? model == MultiplyKind::kDense : density >= kLeastDenseDensity;
  const bool may_be_sparse = options.multiply ? model == MultiplyKind::kSparse : density <= kMostSparseDensity;
  if (may_be_dense && !options.tuning.panel_bytes) candidates.AddAll(MultiplyKind::kDense);
  if (may_be_sparse) candidates.AddAll(MultiplyKind::kSparse);
  return candidates.choices();
}

}  // namespace winnow::kernels
