// How a plan cuts its work.
#ifndef KERNELS_PLAN_BLOCKING_H_
#define KERNELS_PLAN_BLOCKING_H_

#include <cstdint>

#include "kernels/plan/conv_plan.h"

namespace winnow::kernels {

// Tiles go in vectors, vectors in blocks. Blocks differ by at most one unit, so that none is a tiny remainder.
struct Blocking {
  int unit = 1;               // vectors that are never parted: those of one line of images in kBlocked16
  int vectors = 1;            // of tiles in the largest block
  int64_t block_count = 1;    // over all tiles
  int64_t vector_count = 1;   // over all tiles
  int64_t channel_block = 1;  // input channels of a panel of V (sparse only)

  // Whether threads take blocks, each with its own V and M. Otherwise there are fewer blocks than threads, and these
  // share every block: its channels in the transforms, its positions in the multiplication.
  bool split_tiles = true;

  // First vector of a block; that of block_count is vector_count.
  int64_t FirstVector(int64_t block) const { return block * (vector_count / unit) / block_count * unit; }

  friend bool operator==(const Blocking&, const Blocking&) = default;
};

// Vectors of tiles of a Winograd plan, empty lanes among them.
int64_t VectorCount(const ConvPlanOptions& options, Isa isa);

// What of `options.tuning` is forced, and the rest as measured on the machine of kernels/bench/RESULTS.md: every member
// that `multiply` has is there. `density`: kept coefficients of all.
Tuning ChooseTuning(const ConvPlanOptions& options, Isa isa, MultiplyKind multiply, double density);

// kInvalidArgument if options.tuning is out of the range that Tuning gives. ChooseBlocking() takes what passes.
Status CheckTuning(const ConvPlanOptions& options, Isa isa, MultiplyKind multiply);

// A function of its arguments alone, so that a layer computes the same whenever it is planned.
Blocking ChooseBlocking(const ConvPlanOptions& options, Isa isa, MultiplyKind multiply, double density);

// Whether skipping zeros pays at this density, for a filter whose packed rows serve `row_channels` output channels.
MultiplyKind ChooseMultiply(const ConvPlanOptions& options, Isa isa, double density, int64_t row_channels = 1);

}  // namespace winnow::kernels

#endif  // KERNELS_PLAN_BLOCKING_H_
