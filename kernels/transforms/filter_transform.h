// Filters from the spatial into the Winograd domain.
#ifndef KERNELS_TRANSFORMS_FILTER_TRANSFORM_H_
#define KERNELS_TRANSFORMS_FILTER_TRANSFORM_H_

#include <cstdint>
#include <span>

#include "kernels/transforms/winograd_variant.h"

namespace winnow::kernels {

// Q = G W G^T for each of `filters` 3x3 filters.
//
// Layout    w [filters][3][3], q [filters][alpha][alpha]; filters = out_channels * in_channels, in that order.
// Accuracy  computed in double, rounded once. A coefficient all of whose spatial weights are zero is exactly +0, so
//           zeros made by spatial structured pruning survive.
// Aliasing  w and q do not overlap. Sizes that do not match are a bug of the caller and fail an assertion.
void FilterTransform(WinogradVariant variant, int64_t filters, std::span<const float> w, std::span<float> q);

// The adjoint: dW = G^T dQ G, the gradient by W of a function of Q. In double, rounded once.
void FilterTransformAdjoint(WinogradVariant variant, int64_t filters, std::span<const float> dq, std::span<float> dw);

}  // namespace winnow::kernels

#endif  // KERNELS_TRANSFORMS_FILTER_TRANSFORM_H_
