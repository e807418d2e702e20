// A convolution of a finished net, computed by the sparse kernels.
#ifndef WORKER_INFER_PLANNED_CONV2D_H_
#define WORKER_INFER_PLANNED_CONV2D_H_

#include <torch/torch.h>

#include <map>
#include <memory>
#include <optional>
#include <tuple>

#include "base/result.h"
#include "kernels/filter/packed_filter.h"
#include "kernels/plan/conv_plan.h"
#include "kernels/plan/scratch_buffer.h"
#include "worker/nn/conv_unit.h"

namespace winnow::kernels {
class KernelTuner;
}  // namespace winnow::kernels

namespace winnow::worker {

// For evaluation only: no gradients. Plans are made when a shape is first seen and kept.
//
// Layout    gives NCHW for NCHW and blocked for blocked (worker/nn/image_layout.h); a residual is brought to the
// input's. Threads   one call at a time; spreads over LibTorch's threads as they are when a plan is made. Errors    a
// shape that no plan takes throws c10::Error, as LibTorch's own convolution does.
class PlannedConv2d : public ConvLayer {
 public:
  // `kernel` [K, C, m+2, m+2] in the Winograd domain, batch norm folded; `bias` [K]. `scratch` is shared by the layers
  // of a net.
  PlannedConv2d(const ConvGeometry& geometry, const FoldedConv& folded,
                std::shared_ptr<kernels::ScratchBuffer> scratch);
  // The same from a filter that Pack() made, which plans use where it lies when they want its layout. The bias is zeros
  // until somebody fills it, before the first forward.
  PlannedConv2d(const ConvGeometry& geometry, kernels::PackedFilter filter,
                std::shared_ptr<kernels::ScratchBuffer> scratch);

  // The filter in the layout that the plan of the last forward reads, or would read if it were sparse.
  // kFailedPrecondition before the first forward.
  Result<kernels::PackedFilter> Pack();

  torch::Tensor forward(const torch::Tensor& input) override { return ForwardFused(input, {}, /*relu=*/false); }
  torch::Tensor ForwardFused(const torch::Tensor& input, const torch::Tensor& residual, bool relu) override;
  // Of a packed filter unpacked, once, when first asked for.
  torch::Tensor& kernel() override;
  int tile_size() const override { return kernels::TileOutputs(variant_); }

  // Makes the plans from now on; null: none does.
  void UseTuner(std::shared_ptr<kernels::KernelTuner> tuner);
  // Whether every plan made so far was chosen by timing; false where there is none.
  bool Tuned() const;

 private:
  // Batch (images, empty lanes of a block among them), height, width, blocked, residual, relu.
  using Use = std::tuple<int64_t, int64_t, int64_t, bool, bool, bool>;
  kernels::ConvPlanOptions OptionsFor(const Use& use) const;
  const kernels::ConvPlan& PlanFor(const Use& use);
  struct Planned {
    kernels::ConvPlan plan;
    bool tuned;
  };
  Result<Planned> MakePlan(const kernels::ConvPlanOptions& options);

  kernels::WinogradVariant variant_;
  std::optional<kernels::PackedFilter> packed_;
  torch::Tensor kernel_;  // undefined where there is `packed_`, until kernel()
  std::optional<Use> last_use_;
  std::shared_ptr<kernels::ScratchBuffer> scratch_;
  std::shared_ptr<kernels::KernelTuner> tuner_;  // null for none
  std::map<Use, Planned> plans_;
};

}  // namespace winnow::worker

#endif  // WORKER_INFER_PLANNED_CONV2D_H_
