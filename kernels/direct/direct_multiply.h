// The inner loops of direct convolution: sums over input channels and the nine taps, and what becomes of them.
//
// Internal to kernels: DirectLayer drives it.
#ifndef KERNELS_DIRECT_DIRECT_MULTIPLY_H_
#define KERNELS_DIRECT_DIRECT_MULTIPLY_H_

#include <cstdint>

#include "kernels/isa/isa.h"

namespace winnow::kernels {

inline constexpr int kMaxDirectVectors = 3;

// Where a vector's lanes go: lane i to plane[offset + i] for every bit i of `lanes`. A vector that reaches over the end
// of a row has two or more of them; its other lanes are thrown away.
struct DirectStore {
  int64_t offset = 0;  // may be below 0 with the first lanes left out
  uint32_t lanes = 0;
};

// A few vectors of pixels, each of lanes that lie side by side in the padded input.
struct DirectPixels {
  static constexpr int kMaxStores = kMaxDirectVectors * 7;  // a padded row has at least three floats

  int count = 0;                     // vectors
  int64_t from[kMaxDirectVectors];   // floats from the strip's beginning to what the upper left tap meets
  int store_end[kMaxDirectVectors];  // of each vector in `stores`; it begins where the one before ends
  DirectStore stores[kMaxStores];
};

// output[r] = sum over channels and taps of weight[r] * input, plus bias[r] and residual[r], clamped if asked, for one
// block of output channels and pixels.count vectors.
struct DirectPanel {
  const float* weights = nullptr;  // [channel][9][row in block]
  const float* bias = nullptr;     // [row in block]
  int64_t channels = 0;
  const float* input = nullptr;     // the padded strip
  int64_t channel_stride = 0;       // floats
  int64_t row_stride = 0;           // floats from one row of pixels to the next
  int64_t pixel_stride = 0;         // floats from one pixel to its neighbour
  const float* residual = nullptr;  // of the first row; null for none; may be `output`
  float* output = nullptr;          // of the first row: one plane
  int64_t plane = 0;                // floats from one row to the next
  int rows = 0;                     // of the block that there are
  bool relu = false;
  bool stream = false;  // past the caches, where whole aligned vectors are written; ends with a fence
};

using DirectMultiplyFn = void (*)(const DirectPanel& panel, const DirectPixels& pixels);

struct DirectKernel {
  int row_block;                                 // output channels that share loads of the input
  int vectors;                                   // the most that DirectPixels may have
  DirectMultiplyFn multiply[kMaxDirectVectors];  // by pixels.count - 1
};

const DirectKernel& DirectKernelOf(Isa isa);

namespace scalar {
extern const DirectKernel kDirectKernel;
}
namespace avx2 {
extern const DirectKernel kDirectKernel;
}
namespace avx512 {
extern const DirectKernel kDirectKernel;
}

}  // namespace winnow::kernels

#endif  // KERNELS_DIRECT_DIRECT_MULTIPLY_H_
