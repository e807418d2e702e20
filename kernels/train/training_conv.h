// A Winograd layer in training: forward and both gradients, for filters whose values change at every step and whose
// zeros stay where they are.
//
//   V = B^T x B,     M_p = Q_p V_p,        y = A^T M A                  for every tile and position p
//   dM = A dy A^T,   dQ_p = dM_p V_p^T,    dV_p = Q_p^T dM_p,           dx = sum over tiles of B dV B^T
//
// All three products skip what is pruned, so a step gets cheaper with every zero. The batch is cut into as many ranges
// of whole images as there are threads; a range goes block by block of tiles, whose V and M stay in the caches. V is
// made again on the way back, or, where the caller gives it room, kept from the way there: docs/results says which is
// faster.
//
//   WINNOW_ASSIGN_OR_RETURN(TrainingConv conv, TrainingConv::Make({.shape = shape, .threads = 2}, kept));
//   conv.SetFilter(q, parallel_for);                                    // every step: a copy of the values
//   conv.Forward(x, bias, y, scratch, parallel_for);
//   conv.Backward(x, dy, {.dx = dx, .dq = dq}, scratch, parallel_for);
#ifndef KERNELS_TRAIN_TRAINING_CONV_H_
#define KERNELS_TRAIN_TRAINING_CONV_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/result.h"
#include "kernels/isa/isa.h"
#include "kernels/layout/blocked_layout.h"
#include "kernels/parallel_for.h"
#include "kernels/shape/conv_shape.h"
#include "kernels/transforms/winograd_variant.h"

namespace winnow::kernels {

// What a thread is at, for whoever wants to know where the time goes.
enum class TrainingPhase {
  kFilters,     // values into the products' layouts, gradients out of them
  kTransforms,  // of inputs and outputs, and their adjoints
  kForward,     // the products of either direction
  kBackwardData,
  kBackwardWeights,
  kEnd  // of this thread's part
};

struct TrainingConvOptions {
  ConvShape shape;
  WinogradVariant variant = WinogradVariant::kF4K3;
  std::optional<Isa> isa = {};                // the best of this machine unless forced
  int threads = 1;                            // the most `parallel_for` will bring; gradients of filters depend on it
  TensorLayout layout = TensorLayout::kNchw;  // of x, y and their gradients
  void (*on_phase)(TrainingPhase) = nullptr;  // called by every thread when it begins another phase; null for nobody
};

// What Backward() writes.
struct TrainingGradients {
  float* dx = nullptr;           // as x; null where not wanted
  float* dq = nullptr;           // [out_channels][in_channels][alpha][alpha]; zeros where pruned
  const float* scale = nullptr;  // [alpha][alpha], what dq is multiplied with; null for ones
};

// Layout     float32, dense, of the options' layout and shape; any alignment, 64 bytes are fastest. Of kBlocked16 the
//            lanes past the last image must be finite in x and zero in dy.
// Ownership  holds the filter's values, and knows its zeros, in the layouts of the products.
// Threads    SetFilter() alone; Forward() and Backward() may run at once, each with its own scratch.
// Accuracy   float32 sums in blocks; tested against the defining matrices in double.
class TrainingConv {
 public:
  // `kept` [out_channels][in_channels][alpha][alpha], 1 = kept, the pattern of the pruned filter; empty for a dense
  // one.
  //
  // kInvalidArgument     a shape that ConvShape refuses, `kept` of another size, threads < 1
  // kFailedPrecondition  this machine lacks the forced ISA
  // kResourceExhausted   scratch would need more than 2^40 bytes
  static Result<TrainingConv> Make(const TrainingConvOptions& options, std::span<const uint8_t> kept);

  // Takes over the kept values of q [out_channels][in_channels][alpha][alpha]; the others count as zeros, whatever they
  // are.
  void SetFilter(std::span<const float> q, ParallelFor parallel_for);

  // For one call; aligned to kScratchAlignment (plan/conv_plan.h), garbage before and after.
  size_t ForwardScratchBytes() const;
  size_t BackwardScratchBytes() const;

  // `bias` [out_channels], or null for none.
  // `saved`: null, or SavedFloats() floats aligned like scratch, which Forward() fills with V and Backward() reads,
  // with the same result to the bit. They are 2.25 (F(4,3)) or 4 (F(2,3)) times the input and what fills whole lines.
  void Forward(const float* x, const float* bias, float* y, std::span<std::byte> scratch, ParallelFor parallel_for,
               float* saved = nullptr) const;
  void Backward(const float* x, const float* dy, const TrainingGradients& gradients, std::span<std::byte> scratch,
                ParallelFor parallel_for, const float* saved = nullptr) const;
  int64_t SavedFloats() const;

  const TrainingConvOptions& options() const;
  bool sparse() const;
  int64_t Kept() const;  // coefficients

  struct State;

 private:
  explicit TrainingConv(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

}  // namespace winnow::kernels

#endif  // KERNELS_TRAIN_TRAINING_CONV_H_
