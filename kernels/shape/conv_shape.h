// The sizes of one convolution layer.
#ifndef KERNELS_SHAPE_CONV_SHAPE_H_
#define KERNELS_SHAPE_CONV_SHAPE_H_

#include <cstdint>
#include <string>

#include "base/status.h"

namespace winnow::kernels {

// A 3x3 convolution of stride 1, dilation 1 and one group, with `padding` zeros on every side.
//
// Layout  input [batch][in_channels][height][width], output [batch][out_channels][OutHeight()][OutWidth()], dense.
struct ConvShape {
  int64_t batch = 0;
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  int64_t height = 0;
  int64_t width = 0;
  int64_t padding = 1;

  int64_t OutHeight() const { return height + 2 * padding - 2; }
  int64_t OutWidth() const { return width + 2 * padding - 2; }

  // Elements, not bytes.
  int64_t InputSize() const { return batch * in_channels * height * width; }
  int64_t OutputSize() const { return batch * out_channels * OutHeight() * OutWidth(); }
  int64_t FilterSize() const { return out_channels * in_channels * 9; }

  // Of direct convolution, padding included: what sparsity is measured against.
  int64_t DirectMultiplications() const { return OutputSize() * in_channels * 9; }

  // kInvalidArgument if a size is below 1, padding below 0, the output empty, or a tensor over kMaxElements.
  Status Validate() const;

  // "n16 c64 k64 h56 w56 p1", as error messages and benchmarks write it.
  std::string ToString() const;

  friend bool operator==(const ConvShape&, const ConvShape&) = default;
};

// No tensor of a layer may be larger: keeps every offset far from overflow.
inline constexpr int64_t kMaxElements = int64_t{1} << 40;

}  // namespace winnow::kernels

#endif  // KERNELS_SHAPE_CONV_SHAPE_H_
