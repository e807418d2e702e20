// The gradient of a filter for one position: products of dM and V, summed over tiles.
//
// Internal to kernels: TrainingConv drives it.
#ifndef KERNELS_TRAIN_GRADIENT_PRODUCTS_H_
#define KERNELS_TRAIN_GRADIENT_PRODUCTS_H_

#include <cstdint>

#include "kernels/filter/packed_row.h"
#include "kernels/isa/isa.h"
#include "kernels/shape/tile_block.h"

namespace winnow::kernels {

// gradient[i] += sum over tiles of dM[row.out_channel] * V[channel of coefficient i], for kept coefficients alone.
struct SampledPanel {
  const PackedRow* rows = nullptr;
  const int32_t* remainder_end = nullptr;  // [kGroupSize], as PackedFilter::Block
  const uint16_t* indices = nullptr;       // of the first row; two groups past the last row are read and not used
  float* gradient = nullptr;               // likewise; a group past the last row is read and written back as it was
  const float* v = nullptr;                // of the block's first channel
  const float* dm = nullptr;               // of output channel 0
  int64_t dm_stride = 0;                   // floats from one output channel to the next
};
using SampledProductFn = void (*)(const SampledPanel& panel);

// For 1 to kMaxBlockVectors vectors of tiles.
SampledProductFn SampledProductOf(Isa isa, int vectors);

// gradient[o][c] += sum over tiles of dM[o] * V[c], for all of them.
struct FullPanel {
  int64_t out_channels = 0;
  int64_t in_channels = 0;
  int vectors = 0;  // any number, >= 1
  const float* v = nullptr;
  int64_t v_stride = 0;  // floats from one input channel to the next
  const float* dm = nullptr;
  int64_t dm_stride = 0;      // floats from one output channel to the next
  float* gradient = nullptr;  // [out_channels][in_channels]
};
using FullProductFn = void (*)(const FullPanel& panel);
FullProductFn FullProductOf(Isa isa);

struct GradientProducts {
  SampledProductFn sampled[kMaxBlockVectors];  // by vectors - 1
  FullProductFn full;
};
namespace scalar {
extern const GradientProducts kGradientProducts;
}
namespace avx2 {
extern const GradientProducts kGradientProducts;
}
namespace avx512 {
extern const GradientProducts kGradientProducts;
}

}  // namespace winnow::kernels

#endif  // KERNELS_TRAIN_GRADIENT_PRODUCTS_H_
