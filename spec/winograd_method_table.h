// The members of a WinogradMethod in JSON, as they stand in a sweep's "winograd" and in a stage's parameters.
#ifndef SPEC_WINOGRAD_METHOD_TABLE_H_
#define SPEC_WINOGRAD_METHOD_TABLE_H_

#include "spec/json_table.h"
#include "spec/mask_changes_table.h"
#include "spec/training_table.h"
#include "spec/winograd_method.h"

namespace winnow::spec {

JsonType<Distillation> DistillationType();

// Of a P that has them in its member `method`.
template <typename P>
Table<P> WinogradMethodTable() {
  const auto field = [](std::string name, auto member, auto type, std::string description) {
    return MakeField<P>(
        std::move(name), kDefaulted, [member](auto& value) -> auto& { return value.method.*member; }, std::move(type),
        std::move(description));
  };
  using M = WinogradMethod;
  Table<P> table = {
      field("importance_factors", &M::importance_factors, BooleanType(),
            "weigh coefficients by their influence on the output"),
      field("gradient_exponent", &M::gradient_exponent, GradientExponentType(),
            "of the importance factor that divides a coefficient's gradient; 0 leaves gradients"),
      field("mask_group", &M::mask_group, MaskGroupType(),
            "neighbouring output channels that share their mask: faster kernels, less freedom"),
      field("selection", &M::selection,
            ChoiceType<Selection>({Selection::kImportance, Selection::kSecondOrder}, SelectionText),
            "by the change of the output when a coefficient alone goes, or greedily with the others made to make up"),
      field("moments", &M::moments, ChoiceType<Moments>({Moments::kWhite, Moments::kMeasured}, MomentsText),
            "what changes of the output are measured under: white inputs, or training images"),
      field("moment_images", &M::moment_images, IntegerType<int>(1, 1000000),
            "training images looked at where anything is measured"),
      field("centre_outputs", &M::centre_outputs, BooleanType(),
            "with measured moments: a change of an output channel's mean does not count"),
      field("fisher_rows", &M::fisher_rows, BooleanType(),
            "weigh output channels by the mean square of the loss's gradient"),
      field("compensation", &M::compensation,
            ChoiceType<Compensation>({Compensation::kNone, Compensation::kKernel, Compensation::kLayer},
                                     CompensationText),
            "which survivors are moved so that the output changes least: none, the kernel's, or the layer's"),
      field("allocation", &M::allocation,
            ChoiceType<Allocation>({Allocation::kUniform, Allocation::kErk, Allocation::kWork, Allocation::kSize,
                                    Allocation::kSensitivity},
                                   AllocationText),
            "the rate in each layer alike, by Erdos-Renyi kernel, by one threshold a multiplication or coefficient, or "
            "by one multiple of what each layer alone stands"),
      field("rounds", &M::rounds, IntegerType<int>(1, 64), "prunings in equal steps, each with its compensation"),
      field("preconditioner", &M::preconditioner,
            ChoiceType<Preconditioner>({Preconditioner::kFactors, Preconditioner::kKernel}, PreconditionerText),
            "of gradients in retraining: importance factors, or the inverse Hessian of each kernel's survivors"),
      field("l1", &M::l1, NumberType({0, 1000}), "of the sum of magnitudes of coefficients, in the retraining's loss"),
      field("batch_norm_images", &M::batch_norm_images, IntegerType<int>(0, 1000000),
            "augmented training images to measure batch norm's averages on once pruned; 0 leaves them"),
      field("distillation", &M::distillation, DistillationType(), "the net before the step teaches the pruned one"),
      field("sensitivity_images", &M::sensitivity_images, IntegerType<int>(1, 1000000),
            "training images that the allocation \"sensitivity\" takes accuracies on"),
      field("dropout_shrinking", &M::dropout_shrinking, DropoutShrinkingType(), kDropoutShrinkingHelp),
  };
  for (Field<P>& member : MaskChangesTable<P>()) table.push_back(std::move(member));
  return table;
}

}  // namespace winnow::spec

#endif  // SPEC_WINOGRAD_METHOD_TABLE_H_
