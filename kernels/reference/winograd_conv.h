// Winograd convolution by its definition in double, for filters that were pruned in the Winograd domain and so have no
// spatial form.
#ifndef KERNELS_REFERENCE_WINOGRAD_CONV_H_
#define KERNELS_REFERENCE_WINOGRAD_CONV_H_

#include <span>
#include <vector>

#include "kernels/shape/conv_shape.h"
#include "kernels/transforms/winograd_variant.h"

namespace winnow::kernels {

// O = A^T [ sum over c of Q .* (B^T I B) ] A tile by tile, with q [out_channels][in_channels][alpha][alpha] and bias
// [out_channels] or empty. Matrix products with the matrices of MatricesOf(), nothing clever.
//
// Layout  input and result as ConvShape says. Sizes that do not match are a bug and fail an assertion.
std::vector<double> ReferenceWinogradConv(const ConvShape& shape, WinogradVariant variant, std::span<const float> input,
                                          std::span<const float> q, std::span<const float> bias = {});

}  // namespace winnow::kernels

#endif  // KERNELS_REFERENCE_WINOGRAD_CONV_H_
