#include "spec/winograd_method_table.h"

namespace winnow::spec {

JsonType<Distillation> DistillationType() {
  return ObjectType<Distillation>({
      MakeField<Distillation>("weight", Presence::kDefaulted, &Distillation::weight, NumberType({0, 1}),
                              "of the teacher's term in the loss; 0: no teacher"),
      MakeField<Distillation>("temperature", Presence::kDefaulted, &Distillation::temperature,
                              NumberType({0, 100, true, false}), "divides both nets' logits"),
  });
}

}  // namespace winnow::spec
