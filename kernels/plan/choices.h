// What to ask of a plan for one layer, where the caller has no reason of its own: functions of their arguments alone,
// so that a layer is planned the same every time. Which multiplication pays, MakeConvPlan() decides itself.
#ifndef KERNELS_PLAN_CHOICES_H_
#define KERNELS_PLAN_CHOICES_H_

#include "kernels/isa/isa.h"
#include "kernels/layout/blocked_layout.h"
#include "kernels/plan/conv_plan.h"
#include "kernels/shape/conv_shape.h"
#include "kernels/transforms/winograd_variant.h"

namespace winnow::kernels {

// The variant that computes a layer in less time when the filter keeps `density` of its coefficients, were it pruned
// for that variant: images too small to fill vectors with 4 x 4 tiles want 2 x 2.
WinogradVariant ChooseVariant(const ConvShape& shape, double density, Isa isa);

// Whether direct convolution takes less time than the Winograd plan of these options whose filter keeps `density` of
// its coefficients: so it is with one input channel (with three or so for F(2x2,3x3)), where the transforms are most
// of the work, and with images that are about as small as a tile.
bool DirectIsFaster(const ConvPlanOptions& options, Isa isa, double density);

// In which layout a layer of a network runs faster.
TensorLayout ChooseLayout(const ConvShape& shape);

}  // namespace winnow::kernels

#endif  // KERNELS_PLAN_CHOICES_H_
