#include "kernels/train/training_conv.h"

#include <algorithm>
#include <cassert>
#include <string>

#include "kernels/dense/dense_multiply.h"
#include "kernels/isa/flush_denormals.h"
#include "kernels/plan/conv_plan.h"
#include "kernels/train/training_filter.h"
#include "kernels/train/training_products.h"
#include "kernels/train/training_state.h"

namespace winnow::kernels {
namespace {

// Vectors of tiles in a block. Sparse: a panel of V of 64 channels then fills the L1 cache. Dense: the longer the
// blocks, the less the sums over lanes in the gradient of the filter weigh.
constexpr int kSparseVectors = kMaxBlockVectors;
constexpr int kDenseVectors = 2 * kMaxBlockVectors;
constexpr int64_t kPanelBytes = 32 * 1024;
constexpr int kMaxThreads = 4096;
constexpr double kMaxScratchBytes = 1099511627776.0;  // 2^40
constexpr int64_t kFloatsPerLine = 16;

int64_t OddLines(int64_t floats) { return ((floats + kFloatsPerLine - 1) / kFloatsPerLine | 1) * kFloatsPerLine; }
int64_t WholeLines(int64_t floats) { return (floats + kFloatsPerLine - 1) / kFloatsPerLine * kFloatsPerLine; }

using State = TrainingConv::State;
using Block = TrainingBlocks::Block;

PackedFilterLayout LayoutOf(const State& state) {
  const int64_t stride_bytes = state.channel_stride() * static_cast<int64_t>(sizeof(float));
  return {.channel_block = kPanelBytes / stride_bytes, .channel_stride_bytes = stride_bytes};
}

Status CheckOptions(const TrainingConvOptions& options, std::span<const uint8_t> kept) {
  WINNOW_RETURN_IF_ERROR(options.shape.Validate());
  if (options.threads < 1 || options.threads > kMaxThreads) {
    return InvalidArgument("training convolution: threads is " + std::to_string(options.threads) + "; use 1 to " +
                           std::to_string(kMaxThreads));
  }
  const FilterSizes sizes{options.variant, options.shape.out_channels, options.shape.in_channels};
  if (sizes.Count() > int64_t{UINT32_MAX} / 2) {
    return InvalidArgument("training convolution: a filter of more than 2^31 coefficients");
  }
  if (!kept.empty() && static_cast<int64_t>(kept.size()) != sizes.Count()) {
    return InvalidArgument("training convolution: the pattern has " + std::to_string(kept.size()) +
                           " elements, the filter " + std::to_string(sizes.Count()) + " coefficients");
  }
  return OkStatus();
}

void SetDenseLayout(State& state) {
  state.dense_vectors = state.isa == Isa::kAvx512 ? kMaxDenseVectors : kMaxDenseVectors / 2;
  state.row_block = DenseRowBlock(state.isa, state.dense_vectors);
  const int64_t out_channels = state.sizes.out_channels, in_channels = state.sizes.in_channels;
  state.forward.Resize(out_channels, in_channels, state.row_block, state.positions);
  state.transposed.Resize(in_channels, out_channels, state.row_block, state.positions);
}

Status SetScratch(State& state) {
  // The dense products write whole blocks of rows.
  const int64_t rows = std::max(1, state.row_block);
  const auto padded = [&](int64_t channels) { return (channels + rows - 1) / rows * rows; };
  state.v_stride = OddLines(padded(state.sizes.in_channels) * state.channel_stride());
  state.m_stride = OddLines(padded(state.sizes.out_channels) * state.channel_stride());
  state.set_floats = state.positions * (state.v_stride + state.m_stride);
  const int64_t coefficients = state.sparse ? static_cast<int64_t>(state.pattern.kept.size()) : state.sizes.Count();
  state.gradient_floats = WholeLines(coefficients + kGroupSize);
  const double bytes = static_cast<double>(state.set_floats + state.gradient_floats) * sizeof(float);
  if (bytes * static_cast<double>(state.blocks->ranges()) > kMaxScratchBytes) {
    return ResourceExhausted("training convolution for " + state.options.shape.ToString() +
                             ": more than 2^40 bytes of scratch; use fewer threads");
  }
  return OkStatus();
}

}  // namespace

Result<TrainingConv> TrainingConv::Make(const TrainingConvOptions& options, std::span<const uint8_t> kept) {
  WINNOW_RETURN_ERR_IF_ERROR(CheckOptions(options, kept));
  auto state = std::make_shared<State>();
  state->options = options;
  WINNOW_ASSIGN_OR_RETURN(state->isa, SelectIsa(options.isa));
  state->sizes = {options.variant, options.shape.out_channels, options.shape.in_channels};
  state->positions = Positions(options.variant);
  state->sparse = !kept.empty();
  state->blocks.emplace(options, state->isa, state->sparse ? kSparseVectors : kDenseVectors);
  if (state->sparse) {
    state->pattern = Pattern::Make(state->sizes, kept, LayoutOf(*state));
    const size_t values = state->pattern.kept.size() + PackedFilter::kSlack;
    state->forward_values.assign(values, 0.0f);
    state->transposed_values.assign(values, 0.0f);
  } else {
    SetDenseLayout(*state);
  }
  WINNOW_RETURN_ERR_IF_ERROR(SetScratch(*state));
  return TrainingConv(std::move(state));
}

void TrainingConv::SetFilter(std::span<const float> q, ParallelFor parallel_for) {
  assert(static_cast<int64_t>(q.size()) == state_->sizes.Count());
  SetValues(q, parallel_for, *state_);
}

size_t TrainingConv::ForwardScratchBytes() const {
  return static_cast<size_t>(state_->blocks->ranges() * state_->set_floats) * sizeof(float);
}

size_t TrainingConv::BackwardScratchBytes() const {
  return static_cast<size_t>(state_->blocks->ranges() * (state_->set_floats + state_->gradient_floats)) * sizeof(float);
}

int64_t TrainingConv::SavedFloats() const {
  return state_->blocks->BlocksBefore(state_->blocks->ranges()) * state_->saved_floats();
}

void TrainingConv::Forward(const float* x, const float* bias, float* y, std::span<std::byte> scratch,
                           ParallelFor parallel_for, float* saved) const {
  const State& state = *state_;
  assert(scratch.size() >= ForwardScratchBytes());
  assert(reinterpret_cast<uintptr_t>(scratch.data()) % kScratchAlignment == 0);
  auto* const sets = reinterpret_cast<float*>(scratch.data());
  parallel_for(state.blocks->ranges(), [&](int64_t begin, int64_t end, int) {
    const FlushDenormals flush;
    for (int64_t range = begin; range < end; ++range) {
      BlockMatrix v = state.V(sets + range * state.set_floats), m = state.M(sets + range * state.set_floats);
      if (saved != nullptr) v.base = saved + state.blocks->BlocksBefore(range) * state.saved_floats();
      state.blocks->ForBlocks(range, [&](const Block& block) {
        state.Mark(TrainingPhase::kTransforms);
        state.blocks->Input(block, x, v);
        state.Mark(TrainingPhase::kForward);
        MultiplyForward(state, v, m, block.vectors);
        state.Mark(TrainingPhase::kTransforms);
        state.blocks->Output(block, m, bias, y);
        if (saved != nullptr) v.base += state.saved_floats();
      });
    }
    state.Mark(TrainingPhase::kEnd);
  });
}

void TrainingConv::Backward(const float* x, const float* dy, const TrainingGradients& gradients,
                            std::span<std::byte> scratch, ParallelFor parallel_for, const float* saved) const {
  const State& state = *state_;
  assert(scratch.size() >= BackwardScratchBytes());
  assert(reinterpret_cast<uintptr_t>(scratch.data()) % kScratchAlignment == 0);
  auto* const sets = reinterpret_cast<float*>(scratch.data());
  float* const sums = sets + state.blocks->ranges() * state.set_floats;
  parallel_for(state.blocks->ranges(), [&](int64_t begin, int64_t end, int) {
    const FlushDenormals flush;
    for (int64_t range = begin; range < end; ++range) {
      const BlockMatrix v = state.V(sets + range * state.set_floats), m = state.M(sets + range * state.set_floats);
      float* const sum = sums + range * state.gradient_floats;
      std::fill_n(sum, state.gradient_floats, 0.0f);
      if (gradients.dx != nullptr) state.blocks->ClearGradient(range, gradients.dx);
      BlockMatrix input = v;  // only read where it is a saved one
      if (saved != nullptr) {
        input.base = const_cast<float*>(saved) + state.blocks->BlocksBefore(range) * state.saved_floats();
      }
      state.blocks->ForBlocks(range, [&](const Block& block) {
        state.Mark(TrainingPhase::kTransforms);
        state.blocks->OutputAdjoint(block, dy, m);
        if (saved == nullptr) state.blocks->Input(block, x, input);
        state.Mark(TrainingPhase::kBackwardWeights);
        AddGradient(state, input, m, block.vectors, sum);
        if (saved != nullptr) input.base += state.saved_floats();
        if (gradients.dx == nullptr) return;
        state.Mark(TrainingPhase::kBackwardData);
        MultiplyTransposed(state, m, v, block.vectors);
        state.Mark(TrainingPhase::kTransforms);
        state.blocks->InputAdjoint(block, v, gradients.dx);
      });
    }
    state.Mark(TrainingPhase::kEnd);
  });
  CollectGradient(state, sums, gradients, parallel_for);
}

const TrainingConvOptions& TrainingConv::options() const { return state_->options; }
bool TrainingConv::sparse() const { return state_->sparse; }
int64_t TrainingConv::Kept() const {
  return state_->sparse ? static_cast<int64_t>(state_->pattern.kept.size()) : state_->sizes.Count();
}

}  // namespace winnow::kernels
