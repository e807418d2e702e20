// Convolution of an image batch with pruned 3x3 filters, in Winograd form; with dense spatial ones also directly.
//
// Work is cut into blocks of output tiles. For every block:
//   1. input transform    alpha x alpha patches of the input to V
//   2. multiply           M_p = Q_p V_p for every position p; only what the filter keeps (sparse), or all (dense)
//   3. output transform   M back to pixels, add bias and residual, clamp if asked, store
// Only step 2 gets cheaper with sparsity. Which form of it a plan takes is decided once, from the measured density.
//
//   WINNOW_ASSIGN_OR_RETURN(ConvPlan plan, MakeConvPlan({.shape = shape, .threads = 2}, q, bias));
//   ScratchBuffer scratch(plan.ScratchBytes());       // once; every layer may share the largest
//   Run(plan, input, output, scratch.bytes(), parallel_for);
#ifndef KERNELS_PLAN_CONV_PLAN_H_
#define KERNELS_PLAN_CONV_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "kernels/filter/packed_filter.h"
#include "kernels/isa/isa.h"
#include "kernels/layout/blocked_layout.h"
#include "kernels/parallel_for.h"
#include "kernels/shape/conv_shape.h"
#include "kernels/transforms/winograd_variant.h"

namespace winnow::kernels {

enum class MultiplyKind {
  kDense,   // Winograd, all coefficients
  kSparse,  // Winograd, without those that are zero
  kDirect,  // no Winograd: all weights, in the spatial domain (kernels/direct)
};
std::string_view MultiplyKindName(MultiplyKind kind);  // "dense", "sparse", "direct"

// How a plan cuts its work, where the caller knows better than the plan's own rule: from a measurement
// (kernels/tuning/autotune.h). Changes the time, and the last bits of results by the order of sums.
struct Tuning {
  // Vectors of tiles a block has at most: 1 to 8 (sparse) or 4 (dense); in kBlocked16 a multiple of 16 / lanes of the
  // ISA.
  std::optional<int> vectors = {};
  // Of V, sparse only: from the bytes that `vectors` (8 unless forced) of one channel take to kMaxPanelBytes, as far as
  // indices reach.
  std::optional<int64_t> panel_bytes = {};

  friend bool operator==(const Tuning&, const Tuning&) = default;
};
inline constexpr int64_t kMaxPanelBytes = int64_t{0xffff} * kIndexUnitBytes;

struct ConvPlanOptions {
  ConvShape shape;
  WinogradVariant variant = WinogradVariant::kF4K3;
  std::optional<Isa> isa = {};                // the best of this machine unless forced
  std::optional<MultiplyKind> multiply = {};  // by shape and density unless forced
  int threads = 1;                            // the most `parallel_for` will bring
  TensorLayout layout = TensorLayout::kNchw;  // of input, output and residual
  bool residual = false;                      // Run() is given a tensor to add to the output
  bool relu = false;                          // max(0, .) at the very end
  Tuning tuning = {};                         // by shape and density unless forced
};

// Everything about one layer that does not change between calls; immutable.
//
// Ownership  owns copies of filter and bias, or shares a packed filter. Copying a plan shares them.
// Threads    safe to use from any number of threads.
class ConvPlan {
 public:
  // "sparse avx512 F(4x4,3x3) nchw, n16 c64 k64 h56 w56 p1, 2 threads, density 0.300, relu": for logs and messages.
  std::string ToString() const;

  const ConvShape& shape() const;
  WinogradVariant variant() const;  // of a direct plan only what was asked for
  Isa isa() const;
  MultiplyKind multiply() const;
  int threads() const;
  TensorLayout layout() const;
  bool residual() const;
  int vectors() const;            // of tiles in the largest block; of pixels in a direct plan
  int64_t channel_block() const;  // input channels of a panel of V; all of them unless the plan is sparse

  int64_t InputElements() const;   // floats in the plan's layout
  int64_t OutputElements() const;  // likewise, of a residual too
  int64_t Nonzeros() const;        // coefficients of Q, or weights of a direct plan, that are not zero
  double Density() const;          // Nonzeros() over all
  int64_t FilterBytes() const;     // of the packed filter
  size_t ScratchBytes() const;     // for one Run()

  // The filter of a sparse plan, to be written to a file; null of a dense one. Lives as long as the plan.
  const PackedFilter* packed_filter() const;

  struct State;  // plan/plan_state.h
  explicit ConvPlan(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  const State& state() const { return *state_; }

 private:
  std::shared_ptr<const State> state_;
};

// A plan for `q`, the transformed and pruned filter [out_channels][in_channels][alpha][alpha] in float32, and `bias`
// [out_channels], or empty for none. Takes milliseconds: copies and packs the filter.
//
// kInvalidArgument     a shape that ConvShape refuses, q or bias of another size, NaN or infinity in either,
//                      threads < 1, a tuning out of the range that Tuning gives or a panel for a dense plan, kDirect
// kFailedPrecondition  this machine lacks the forced ISA
// kResourceExhausted   scratch would need more than 2^40 bytes
Result<ConvPlan> MakeConvPlan(const ConvPlanOptions& options, std::span<const float> q,
                              std::span<const float> bias = {});

// A plan for spatial `weights` [out_channels][in_channels][3][3]: in Winograd form for their transform, or direct where
// that takes less time (DirectIsFaster() in plan/choices.h) and neither multiplication nor tuning is forced.
//
// kInvalidArgument     besides, a tuning for a direct plan, which has none
Result<ConvPlan> MakeConvPlanFromWeights(const ConvPlanOptions& options, std::span<const float> weights,
                                         std::span<const float> bias = {});

// The same plan for a filter packed before, perhaps mapped from a file. Used as it is, without a copy, where the plan
// is sparse and would choose the filter's layout itself, which depends on ISA, shape, threads and tensor layout;
// otherwise unpacked and packed anew.
//
// kInvalidArgument     besides, a filter of another variant or other channels than the options'
Result<ConvPlan> MakeConvPlanFromPacked(const ConvPlanOptions& options, PackedFilter filter,
                                        std::span<const float> bias = {});

inline constexpr size_t kScratchAlignment = 64;

// Writes the convolution of `input` to `output`; with a plan made for one, plus `residual`.
//
// Layouts   float32, dense, of the plan's layout and sizes (InputElements, OutputElements); any alignment, 64 bytes are
//           fastest.
// Scratch   at least plan.ScratchBytes(), aligned to kScratchAlignment; garbage before and after. Keep it hot: layers
//           that run in turn should share one.
// Aliasing  output and scratch overlap nothing else, but `residual` may be `output` itself.
// Threads   calls may run at once if each has its own output and scratch. `parallel_for` must keep its thread indices
//           below plan.threads(). The result does not depend on the number of threads.
// Accuracy  max |error| <= 2e-6 (F(2,3) and direct) or 2e-5 (F(4,3)) of max |output| for unpruned filters; more where
// pruned
//           filters cancel. Denormals count as zero.
// Errors    none: the plan has refused what this cannot run. A span of another size is a bug and fails an assertion;
//           CheckRun() (plan/check_run.h) refuses it instead, for buffers that come from elsewhere.
void Run(const ConvPlan& plan, std::span<const float> input, std::span<float> output, std::span<std::byte> scratch,
         ParallelFor parallel_for);
void RunWithResidual(const ConvPlan& plan, std::span<const float> input, std::span<const float> residual,
                     std::span<float> output, std::span<std::byte> scratch, ParallelFor parallel_for);

// Nanoseconds by phase, summed over threads. A direct plan copies its input in the first and has no third.
struct PhaseTimes {
  int64_t input_transform_ns = 0;
  int64_t multiply_ns = 0;
  int64_t output_transform_ns = 0;
};

// Run() with a clock read at every change of phase, some 100 ns a block of tiles.
PhaseTimes RunProfiled(const ConvPlan& plan, std::span<const float> input, std::span<float> output,
                       std::span<std::byte> scratch, ParallelFor parallel_for);

}  // namespace winnow::kernels

#endif  // KERNELS_PLAN_CONV_PLAN_H_
