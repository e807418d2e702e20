// "winograd" in a sweep spec: one way of pruning in the Winograd domain, or a list of them side by side.
#ifndef SPEC_WINOGRAD_FIELD_H_
#define SPEC_WINOGRAD_FIELD_H_

#include "spec/json_table.h"
#include "spec/native_start.h"
#include "spec/sweep_spec.h"

namespace winnow::spec {

// `table` has the members that a WinogradPruning has besides those of its start. An object is read into
// SweepSpec::winograd, an array into SweepSpec::methods; retrainings start from the sweep's training, so the field
// stands behind it in the sweep's table.
Field<SweepSpec> WinogradField(Table<WinogradPruning> table, std::string description);

JsonType<double> ThresholdFactorType();  // 0, or [2, 1e6]

// The members of a NativeRule, of a P that has one in its member `native`.
template <typename P>
Table<P> NativeRuleTable() {
  const auto field = [](std::string name, auto member, auto type, std::string description) {
    return MakeField<P>(
        std::move(name), Presence::kDefaulted, [member](auto& value) -> auto& { return value.native.*member; },
        std::move(type), std::move(description));
  };
  using R = NativeRule;
  return {
      field("l1", &R::l1, NumberType({0, 1000}), "of the sum of magnitudes of coefficients, in the training's loss"),
      field("threshold", &R::threshold, NumberType({0, 1000}),
            "coefficients of no larger magnitude are zero after each step; they may come back"),
      field("scale_threshold", &R::scale_threshold, BooleanType(),
            "divide it by the norm of the coefficient's row of A (x) A"),
      field("threshold_factor", &R::threshold_factor, ThresholdFactorType(),
            "at most so many times larger where the gradient is small; 0: the same whatever the gradient"),
  };
}

}  // namespace winnow::spec

#endif  // SPEC_WINOGRAD_FIELD_H_
