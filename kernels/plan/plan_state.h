// What a ConvPlan holds. Internal to kernels/plan.
#ifndef KERNELS_PLAN_PLAN_STATE_H_
#define KERNELS_PLAN_PLAN_STATE_H_

#include <optional>
#include <vector>

#include "kernels/dense/dense_multiply.h"
#include "kernels/direct/direct_layer.h"
#include "kernels/filter/dense_filter.h"
#include "kernels/filter/packed_filter.h"
#include "kernels/plan/blocking.h"
#include "kernels/plan/conv_plan.h"
#include "kernels/shape/image_tiles.h"
#include "kernels/shape/tile_block.h"
#include "kernels/sparse/sparse_multiply.h"
#include "kernels/transforms/tile_transforms.h"

namespace winnow::kernels {

// Layout  of one set of scratch: V [position][in_channel][vectors][lanes], then M
// [position][out_channel][vectors][lanes];
//         positions stand an odd number of cache lines apart, so that they do not fall into the same cache sets. One
//         set a thread if threads take blocks, one in all otherwise.
struct ConvPlan::State {
  ConvPlanOptions options;
  Isa isa = Isa::kScalar;
  MultiplyKind multiply = MultiplyKind::kDense;
  std::optional<PackedFilter> sparse;  // by multiply
  std::optional<DenseFilter> dense;
  std::optional<DirectLayer> direct;  // with bias and ReLU; what is below but for the scratch is then unused
  std::vector<float> bias;            // empty for none

  Blocking blocking;
  int64_t tiles = 0;  // of one image each
  int lanes = 0;
  PlaneGeometry input_planes;  // of kNchw
  PlaneGeometry output_planes;
  ImagePlanes input_images;  // of kBlocked16
  ImagePlanes output_images;
  std::vector<float> zeros;    // a row of pixels in the padding
  bool stream_output = false;  // past the caches
  int64_t channel_stride = 0;  // floats: vectors * lanes, of V and M
  int64_t v_position_stride = 0;
  int64_t m_position_stride = 0;
  int64_t set_floats = 0;  // of one set of scratch
  int64_t sets = 0;

  const TileTransforms* transforms = nullptr;
  const SparseKernel* sparse_kernels[2] = {};  // for blocks of blocking.vectors, and of a unit less
  DenseMultiplyFn dense_multiply[2] = {};
};

}  // namespace winnow::kernels

#endif  // KERNELS_PLAN_PLAN_STATE_H_
