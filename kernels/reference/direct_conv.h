// Plain loops in double: what every kernel is tested against.
#ifndef KERNELS_REFERENCE_DIRECT_CONV_H_
#define KERNELS_REFERENCE_DIRECT_CONV_H_

#include <span>
#include <vector>

#include "kernels/shape/conv_shape.h"

namespace winnow::kernels {

// The convolution by its definition, with filter w [out_channels][in_channels][3][3] and bias [out_channels] or empty.
//
// Layout  input and result as ConvShape says. Sizes that do not match are a bug and fail an assertion.
// Time    shape.DirectMultiplications() steps: keep shapes small.
std::vector<double> DirectConv(const ConvShape& shape, std::span<const float> input, std::span<const float> w,
                               std::span<const float> bias = {});

}  // namespace winnow::kernels

#endif  // KERNELS_REFERENCE_DIRECT_CONV_H_
