// How coefficients are chosen, and what is done for those that stay, when a net is pruned in the Winograd domain.
//
// The defaults are the paper's second stage (science/spatial_winograd_pruning.md section 3). docs/methods.md has the
// formula and the source of each option.
#ifndef SPEC_WINOGRAD_METHOD_H_
#define SPEC_WINOGRAD_METHOD_H_

#include <string_view>

#include "spec/dropout_shrinking.h"
#include "spec/mask_changes.h"

namespace winnow::spec {

// By what a coefficient is chosen: the change of the output when it alone goes, or when it goes after those before it
// with the other coefficients of its kernel moved to make up for it (optimal brain surgeon, greedily).
enum class Selection { kImportance, kSecondOrder };
std::string_view SelectionText(Selection selection);  // "importance", "second-order"

// What the changes of the output are measured under: inputs of independent pixels of equal variance, or the training
// images.
enum class Moments { kWhite, kMeasured };
std::string_view MomentsText(Moments moments);  // "white", "measured"

// Which survivors are moved so that the output changes least: none, those of the pruned coefficient's own kernel, or
// all that add to an output channel.
enum class Compensation { kNone, kKernel, kLayer };
std::string_view CompensationText(Compensation compensation);  // "none", "kernel", "layer"

// How the rate is divided over the layers: the same in each; Erdos-Renyi kernel; or one threshold over all layers for
// the change of the output a multiplication ("work") or a stored coefficient ("size") saved; or, of the threshold at
// which pruning a layer alone costs ten points of accuracy, one multiple for all layers.
enum class Allocation { kUniform, kErk, kWork, kSize, kSensitivity };
std::string_view AllocationText(Allocation allocation);  // "uniform", "erk", "work", "size", "sensitivity"

// What gradients in retraining are multiplied with: F^-gradient_exponent, or the inverse Hessian of each kernel's
// survivors.
enum class Preconditioner { kFactors, kKernel };
std::string_view PreconditionerText(Preconditioner preconditioner);  // "factors", "kernel"

// The net that a stage starts from teaches the one it prunes.
struct Distillation {
  double weight = 0.0;       // [0, 1], of the teacher's term in the loss; 0: no teacher
  double temperature = 4.0;  // (0, 100]

  friend bool operator==(const Distillation&, const Distillation&) = default;
};

struct WinogradMethod {
  bool importance_factors = true;  // kImportance: weigh coefficients by their influence on the output
  double gradient_exponent = 1.5;  // [0, 4], kFactors: of the importance factor that divides a coefficient's gradient
  int mask_group = 1;              // 1, 2, 4 or 8 neighbouring output channels that share their mask
  Selection selection = Selection::kImportance;
  Moments moments = Moments::kWhite;
  int moment_images = 1024;     // 1-1000000, training images that kMeasured, kLayer and fisher_rows look at
  bool centre_outputs = false;  // kMeasured: changes of an output channel's mean do not count; batch norm absorbs them
  bool fisher_rows = false;     // weigh an output channel by the mean square of the loss's gradient there
  Compensation compensation = Compensation::kNone;
  Allocation allocation = Allocation::kUniform;
  int rounds = 1;  // 1-64 prunings in equal steps to the rate, each with its compensation, before the retraining
  Preconditioner preconditioner = Preconditioner::kFactors;
  double l1 = 0.0;            // >= 0, times the sign of a coefficient, added to its gradient in the retraining
  int batch_norm_images = 0;  // 0-1000000 augmented training images to measure batch norm's averages on, once pruned
  Distillation distillation;  // of the retraining
  int sensitivity_images = 2048;  // 1-1000000, training images that kSensitivity takes accuracies on
  MaskChanges mask_changes;       // in JSON its members stand among these
  DropoutShrinking dropout_shrinking = DropoutShrinking::kNone;

  friend bool operator==(const WinogradMethod&, const WinogradMethod&) = default;
};

}  // namespace winnow::spec

#endif  // SPEC_WINOGRAD_METHOD_H_
