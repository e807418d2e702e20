// Input and output transforms of whole batches and their adjoints, for training.
//
// A Winograd layer is y = OutputTransform(Q_p V_p for every position p), V = InputTransform(x): alpha * alpha matrix
// products between two linear maps. Its gradient needs the same products and the two adjoints:
//
//   dM = OutputTransformAdjoint(dy),  dQ_p = dM_p V_p^T,  dV_p = Q_p^T dM_p,  dx = InputTransformAdjoint(dV)
//
// Layout    x, dx   [batch][channels][height][width]                  y, dy [batch][channels][OutHeight][OutWidth]
//           v, dv   [alpha * alpha][channels][tiles], tiles numbered as TileGrid says; consecutive planes (positions)
//           m, dm   are geometry.plane_stride floats apart. In y and m `channels` are the layer's output channels.
// Aliasing  input and output of a call do not overlap. Any alignment; 64 bytes is fastest.
// Threads   as many as `parallel_for` brings; the result is the same bit for bit for any number and any cut.
// Accuracy  float32 throughout; see tests/unit/kernels for the bounds against the defining matrices in double.
// Errors    none: a geometry that does not pass Validate() or a null pointer is a bug, not an input.
#ifndef KERNELS_TRANSFORMS_BATCHED_TRANSFORMS_H_
#define KERNELS_TRANSFORMS_BATCHED_TRANSFORMS_H_

#include <cstdint>

#include "base/status.h"
#include "kernels/isa/isa.h"
#include "kernels/parallel_for.h"
#include "kernels/shape/conv_shape.h"
#include "kernels/transforms/winograd_variant.h"

namespace winnow::kernels {

// What one transform maps. height, width and padding are those of the layer's *input* in all four.
struct TransformGeometry {
  WinogradVariant variant = WinogradVariant::kF4K3;
  int64_t batch = 0;
  int64_t channels = 0;
  int64_t height = 0;
  int64_t width = 0;
  int64_t padding = 1;
  int64_t plane_stride = 0;  // floats from one position's plane to the next; at least channels * Tiles()

  int64_t OutHeight() const { return height + 2 * padding - 2; }
  int64_t OutWidth() const { return width + 2 * padding - 2; }
  int64_t Tiles() const;

  // channels * Tiles() rounded up to an odd number of cache lines. A power of two there puts all planes into the same
  // cache sets and costs about 30 %.
  int64_t SuggestedPlaneStride() const;

  // kInvalidArgument for a size below 1, an empty output, or planes that would overlap.
  Status Validate() const;
};

// v = B^T x B for every patch. Writes every element of v's planes; the padding between planes stays untouched.
void InputTransform(const TransformGeometry& geometry, const float* x, float* v, ParallelFor parallel_for,
                    Isa isa = BestIsa());

// dx = sum over patches of B dv B^T. Overwrites dx.
void InputTransformAdjoint(const TransformGeometry& geometry, const float* dv, float* dx, ParallelFor parallel_for,
                           Isa isa = BestIsa());

// y = A^T m A for every tile, cropped, plus bias[channel]; no bias where `bias` is null.
void OutputTransform(const TransformGeometry& geometry, const float* m, const float* bias, float* y,
                     ParallelFor parallel_for, Isa isa = BestIsa());

// dm = A dy A^T for every tile, cropped outputs counting as zero.
void OutputTransformAdjoint(const TransformGeometry& geometry, const float* dy, float* dm, ParallelFor parallel_for,
                            Isa isa = BestIsa());

}  // namespace winnow::kernels

#endif  // KERNELS_TRANSFORMS_BATCHED_TRANSFORMS_H_
