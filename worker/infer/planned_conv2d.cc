#include "worker/infer/planned_conv2d.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "kernels/tuning/kernel_tuner.h"
#include "worker/nn/image_layout.h"
#include "worker/nn/kernel_calls.h"

namespace winnow::worker {

PlannedConv2d::PlannedConv2d(const ConvGeometry& geometry, const FoldedConv& folded,
                             std::shared_ptr<kernels::ScratchBuffer> scratch)
    : ConvLayer(geometry),
      variant_(folded.kernel.size(3) == kernels::Alpha(kernels::WinogradVariant::kF2K3)
                   ? kernels::WinogradVariant::kF2K3
                   : kernels::WinogradVariant::kF4K3),
      kernel_(folded.kernel.contiguous()),
      scratch_(std::move(scratch)) {
  SetBias(folded.bias);
}

PlannedConv2d::PlannedConv2d(const ConvGeometry& geometry, kernels::PackedFilter filter,
                             std::shared_ptr<kernels::ScratchBuffer> scratch)
    : ConvLayer(geometry), variant_(filter.variant()), packed_(std::move(filter)), scratch_(std::move(scratch)) {
  SetBias(torch::zeros({geometry.out_channels}));
}

Result<kernels::PackedFilter> PlannedConv2d::Pack() {
  if (!last_use_) return Err(FailedPrecondition("a filter is packed for a batch: run the net on one first"));
  kernels::ConvPlanOptions options = OptionsFor(*last_use_);
  options.multiply = kernels::MultiplyKind::kSparse;
  WINNOW_ASSIGN_OR_RETURN(const Planned made, MakePlan(options));
  return *made.plan.packed_filter();
}

torch::Tensor& PlannedConv2d::kernel() {
  if (!kernel_.defined()) {
    const std::vector<float> q = packed_->Unpack();
    const int64_t alpha = kernels::Alpha(variant_);
    kernel_ = torch::empty({geometry_.out_channels, geometry_.in_channels, alpha, alpha});
    std::copy(q.begin(), q.end(), kernel_.data_ptr<float>());
  }
  return kernel_;
}

torch::Tensor PlannedConv2d::ForwardFused(const torch::Tensor& input, const torch::Tensor& residual, bool relu) {
  torch::NoGradGuard no_grad;
  const bool blocked = IsBlocked(input);
  const torch::Tensor dense = input.contiguous();
  const int64_t batch = blocked ? dense.size(0) * kernels::kImageBlock : dense.size(0);
  const kernels::ConvPlan& plan = PlanFor({batch, dense.size(2), dense.size(3), blocked, residual.defined(), relu});
  std::vector<int64_t> sizes = dense.sizes().vec();
  sizes[1] = geometry_.out_channels;
  sizes[2] = plan.shape().OutHeight();
  sizes[3] = plan.shape().OutWidth();
  torch::Tensor output = torch::empty(sizes, torch::kFloat32);
  const std::span<float> out{output.data_ptr<float>(), static_cast<size_t>(output.numel())};
  scratch_->Reserve(plan.ScratchBytes());
  if (residual.defined()) {
    const torch::Tensor same = (blocked ? BlockedFrom(residual) : NchwFrom(residual)).contiguous();
    kernels::RunWithResidual(plan, SpanOf(dense), SpanOf(same), out, scratch_->bytes(), ForLibTorch);
  } else {
    kernels::Run(plan, SpanOf(dense), out, scratch_->bytes(), ForLibTorch);
  }
  return output;
}

kernels::ConvPlanOptions PlannedConv2d::OptionsFor(const Use& use) const {
  const auto& [batch, height, width, blocked, residual, relu] = use;
  kernels::ConvPlanOptions options;
  options.shape = {.batch = batch,
                   .in_channels = geometry_.in_channels,
                   .out_channels = geometry_.out_channels,
                   .height = height,
                   .width = width,
                   .padding = geometry_.padding};
  options.variant = variant_;
  options.threads = at::get_num_threads();
  options.layout = blocked ? kernels::TensorLayout::kBlocked16 : kernels::TensorLayout::kNchw;
  options.residual = residual;
  options.relu = relu;
  return options;
}

Result<PlannedConv2d::Planned> PlannedConv2d::MakePlan(const kernels::ConvPlanOptions& options) {
  if (tuner_) {
    WINNOW_ASSIGN_OR_RETURN(kernels::TunedPlan made,
                            tuner_->MakePlan(options, SpanOf(kernel()), SpanOf(bias_), ForLibTorch));
    return Planned{std::move(made.plan), made.tuned};
  }
  WINNOW_ASSIGN_OR_RETURN(kernels::ConvPlan plan,
                          packed_ ? kernels::MakeConvPlanFromPacked(options, *packed_, SpanOf(bias_))
                                  : kernels::MakeConvPlan(options, SpanOf(kernel_), SpanOf(bias_)));
  return Planned{std::move(plan), false};
}

void PlannedConv2d::UseTuner(std::shared_ptr<kernels::KernelTuner> tuner) {
  tuner_ = std::move(tuner);
  plans_.clear();
}

bool PlannedConv2d::Tuned() const {
  return !plans_.empty() && std::all_of(plans_.begin(), plans_.end(), [](const auto& use) { return use.second.tuned; });
}

const kernels::ConvPlan& PlannedConv2d::PlanFor(const Use& use) {
  last_use_ = use;
  const auto found = plans_.find(use);
  if (found != plans_.end()) return found->second.plan;
  const Result<Planned> made = MakePlan(OptionsFor(use));
  TORCH_CHECK(made.has_value(), made ? "" : made.error().message());
  return plans_.emplace(use, *made).first->second.plan;
}

}  // namespace winnow::worker
