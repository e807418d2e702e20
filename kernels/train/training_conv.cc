#include "kernels/train/training_conv.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <vector>

#include "kernels/dense/dense_multiply.h"
#include "kernels/isa/flush_denormals.h"
#include "kernels/plan/conv_plan.h"
#include "kernels/sparse/sparse_multiply.h"
#include "kernels/train/gradient_products.h"
#include "kernels/train/pattern.h"
#include "kernels/train/training_blocks.h"

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
constexpr int64_t kCopyGrain = 1 << 14;  // coefficients a piece of copying

int64_t OddLines(int64_t floats) { return ((floats + kFloatsPerLine - 1) / kFloatsPerLine | 1) * kFloatsPerLine; }
int64_t WholeLines(int64_t floats) { return (floats + kFloatsPerLine - 1) / kFloatsPerLine * kFloatsPerLine; }

// One direction's filter in the layout of the dense product: [position][row block][channel][row in block].
struct DenseValues {
  std::vector<float> weights;
  int64_t row_blocks = 0;
  int64_t position_size = 0;

  void Resize(int64_t rows, int64_t channels, int row_block, int positions) {
    row_blocks = (rows + row_block - 1) / row_block;
    position_size = row_blocks * channels * row_block;
    weights.assign(static_cast<size_t>(position_size * positions), 0.0f);
  }
};

}  // namespace

struct TrainingConv::State {
  TrainingConvOptions options;
  Isa isa = Isa::kScalar;
  FilterSizes sizes;
  int positions = 0;
  bool sparse = false;
  std::optional<TrainingBlocks> blocks;

  Pattern pattern;  // of a sparse filter
  std::vector<float> forward_values, transposed_values;
  DenseValues forward, transposed;  // of a dense one
  int row_block = 0;
  int dense_vectors = 0;

  int64_t v_stride = 0;  // of positions, floats
  int64_t m_stride = 0;
  int64_t set_floats = 0;       // V and M of one range
  int64_t gradient_floats = 0;  // the gradient of the filter of one range

  void Mark(TrainingPhase phase) const {
    if (options.on_phase != nullptr) options.on_phase(phase);
  }
  BlockMatrix V(float* set) const { return {set, v_stride}; }
  BlockMatrix M(float* set) const { return {set + positions * v_stride, m_stride}; }
  int64_t channel_stride() const { return blocks->channel_stride(); }
};

namespace {

using State = TrainingConv::State;
using Block = TrainingBlocks::Block;

PackedFilterLayout LayoutOf(const State& state) {
  const int64_t stride_bytes = state.channel_stride() * static_cast<int64_t>(sizeof(float));
  return {.channel_block = kPanelBytes / stride_bytes, .channel_stride_bytes = stride_bytes};
}

// to_p = Q_p from_p for every position, by rows of `pattern`.
void MultiplySparse(const State& state, const PackedPattern& pattern, const std::vector<float>& values,
                    const BlockMatrix& from, const BlockMatrix& to, int vectors) {
  const SparseMultiplyFn multiply = SparseKernelOf(state.isa, vectors).Of(/*row_channels=*/1);
  SparsePanel panel;
  panel.m_stride = state.channel_stride();
  for (int p = 0; p < state.positions; ++p) {
    panel.m = to.base + p * to.position_stride;
    for (const PackedFilter::Block& block : pattern.BlocksOf(p)) {
      panel.rows = pattern.rows.data() + block.row_begin;
      panel.remainder_end = block.remainder_end;
      panel.weights = values.data() + block.index_begin;
      panel.indices = pattern.indices.data() + block.index_begin;
      panel.v = from.base + p * from.position_stride + block.first_channel * state.channel_stride();
      panel.accumulate = block.first_channel != 0;
      multiply(panel);
    }
  }
}

// Pieces of dense_vectors vectors; what stands past the block's last vector is multiplied too and means nothing.
void MultiplyDense(const State& state, const DenseValues& values, int64_t channels, const BlockMatrix& from,
                   const BlockMatrix& to, int vectors) {
  const DenseMultiplyFn multiply = DenseMultiplyOf(state.isa, state.dense_vectors, /*one_less=*/false);
  DensePanel panel;
  panel.row_blocks = values.row_blocks;
  panel.channels = channels;
  panel.v_stride = panel.m_stride = state.channel_stride();
  for (int p = 0; p < state.positions; ++p) {
    panel.weights = values.weights.data() + p * values.position_size;
    for (int vector = 0; vector < vectors; vector += state.dense_vectors) {
      const int64_t at = int64_t{vector} * IsaLanes(state.isa);
      panel.v = from.base + p * from.position_stride + at;
      panel.m = to.base + p * to.position_stride + at;
      multiply(panel);
    }
  }
}

void MultiplyForward(const State& state, const BlockMatrix& v, const BlockMatrix& m, int vectors) {
  if (state.sparse) {
    MultiplySparse(state, state.pattern.forward, state.forward_values, v, m, vectors);
  } else {
    MultiplyDense(state, state.forward, state.sizes.in_channels, v, m, vectors);
  }
}

void MultiplyTransposed(const State& state, const BlockMatrix& dm, const BlockMatrix& dv, int vectors) {
  if (state.sparse) {
    MultiplySparse(state, state.pattern.transposed, state.transposed_values, dm, dv, vectors);
  } else {
    MultiplyDense(state, state.transposed, state.sizes.out_channels, dm, dv, vectors);
  }
}

// gradient += dM V^T: packed as the pattern, or [position][out_channel][in_channel].
void AddGradient(const State& state, const BlockMatrix& v, const BlockMatrix& dm, int vectors, float* gradient) {
  const int64_t stride = state.channel_stride();
  if (!state.sparse) {
    FullPanel panel{.out_channels = state.sizes.out_channels, .in_channels = state.sizes.in_channels};
    panel.vectors = vectors;
    panel.v_stride = panel.dm_stride = stride;
    for (int p = 0; p < state.positions; ++p) {
      panel.v = v.base + p * v.position_stride;
      panel.dm = dm.base + p * dm.position_stride;
      panel.gradient = gradient + p * panel.out_channels * panel.in_channels;
      FullProductOf(state.isa)(panel);
    }
    return;
  }
  const SampledProductFn sample = SampledProductOf(state.isa, vectors);
  const PackedPattern& pattern = state.pattern.forward;
  SampledPanel panel;
  panel.dm_stride = stride;
  for (int p = 0; p < state.positions; ++p) {
    panel.dm = dm.base + p * dm.position_stride;
    for (const PackedFilter::Block& block : pattern.BlocksOf(p)) {
      panel.rows = pattern.rows.data() + block.row_begin;
      panel.remainder_end = block.remainder_end;
      panel.indices = pattern.indices.data() + block.index_begin;
      panel.gradient = gradient + block.index_begin;
      panel.v = v.base + p * v.position_stride + block.first_channel * stride;
      sample(panel);
    }
  }
}

// One filter of 16 or 36 coefficients goes to as many places.
void SetDense(const State& state, std::span<const float> q, int64_t first, int64_t last, DenseValues& forward,
              DenseValues& transposed) {
  const int64_t in_channels = state.sizes.in_channels, out_channels = state.sizes.out_channels, r = state.row_block;
  for (int64_t o = first; o < last; ++o) {
    for (int64_t c = 0; c < in_channels; ++c) {
      const float* const from = q.data() + (o * in_channels + c) * state.positions;
      float* const to = forward.weights.data() + (o / r * in_channels + c) * r + o % r;
      float* const across = transposed.weights.data() + (c / r * out_channels + o) * r + c % r;
      for (int p = 0; p < state.positions; ++p) {
        to[p * forward.position_size] = from[p];
        across[p * transposed.position_size] = from[p];
      }
    }
  }
}

// The gradients of all ranges, summed, into the layout of q.
void CollectDense(const State& state, const float* gradients, const float* scale, int64_t first, int64_t last,
                  float* dq) {
  const int64_t row = state.sizes.in_channels, plane = state.sizes.out_channels * row;
  std::vector<float> sums(static_cast<size_t>(row * state.positions));
  for (int64_t o = first; o < last; ++o) {
    for (int p = 0; p < state.positions; ++p) {
      float* const sum = sums.data() + p * row;
      const float factor = scale != nullptr ? scale[p] : 1.0f;
      std::fill_n(sum, row, 0.0f);
      for (int64_t range = 0; range < state.blocks->ranges(); ++range) {
        const float* const from = gradients + range * state.gradient_floats + p * plane + o * row;
        for (int64_t c = 0; c < row; ++c) sum[c] += from[c];
      }
      for (int64_t c = 0; c < row; ++c) sum[c] *= factor;
    }
    float* to = dq + o * row * state.positions;
    for (int64_t c = 0; c < row; ++c) {
      for (int p = 0; p < state.positions; ++p) *to++ = sums[static_cast<size_t>(p * row + c)];
    }
  }
}

void CollectSparse(const State& state, const float* gradients, const float* scale, int64_t first, int64_t last,
                   float* dq) {
  // The coefficients [first, last) of the kept ones, and the zeros before each and behind the last of all.
  const std::vector<uint32_t>& kept = state.pattern.kept;
  int64_t written = first == 0 ? 0 : int64_t{kept[static_cast<size_t>(first - 1)]} + 1;
  for (int64_t i = first; i < last; ++i) {
    const int64_t at = kept[static_cast<size_t>(i)];
    std::fill(dq + written, dq + at, 0.0f);
    const uint32_t place = state.pattern.forward.place[static_cast<size_t>(i)];
    float sum = 0;
    for (int64_t range = 0; range < state.blocks->ranges(); ++range) {
      sum += gradients[range * state.gradient_floats + place];
    }
    dq[at] = scale != nullptr ? sum * scale[at % state.positions] : sum;
    written = at + 1;
  }
  if (last == static_cast<int64_t>(kept.size())) std::fill(dq + written, dq + state.sizes.Count(), 0.0f);
}

void CollectGradient(const State& state, const float* gradients, const TrainingGradients& wanted,
                     ParallelFor parallel_for) {
  const int64_t items = state.sparse ? static_cast<int64_t>(state.pattern.kept.size()) : state.sizes.out_channels;
  if (items == 0) std::fill_n(wanted.dq, state.sizes.Count(), 0.0f);
  const int64_t grain = state.sparse ? kCopyGrain : 1;
  parallel_for((items + grain - 1) / grain, [&](int64_t begin, int64_t end, int) {
    state.Mark(TrainingPhase::kFilters);
    const int64_t first = begin * grain, last = std::min(items, end * grain);
    if (state.sparse) {
      CollectSparse(state, gradients, wanted.scale, first, last, wanted.dq);
    } else {
      CollectDense(state, gradients, wanted.scale, first, last, wanted.dq);
    }
    state.Mark(TrainingPhase::kEnd);
  });
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
  State& state = *state_;
  assert(static_cast<int64_t>(q.size()) == state.sizes.Count());
  if (!state.sparse) {
    parallel_for(state.forward.row_blocks, [&](int64_t begin, int64_t end, int) {
      state.Mark(TrainingPhase::kFilters);
      const int64_t last = std::min(state.sizes.out_channels, end * state.row_block);
      SetDense(state, q, begin * state.row_block, last, state.forward, state.transposed);
      state.Mark(TrainingPhase::kEnd);
    });
    return;
  }
  const auto count = static_cast<int64_t>(state.pattern.kept.size());
  parallel_for((count + kCopyGrain - 1) / kCopyGrain, [&](int64_t begin, int64_t end, int) {
    state.Mark(TrainingPhase::kFilters);
    for (auto i = static_cast<size_t>(begin * kCopyGrain); i < static_cast<size_t>(std::min(count, end * kCopyGrain));
         ++i) {
      const float value = q[state.pattern.kept[i]];
      state.forward_values[state.pattern.forward.place[i]] = value;
      state.transposed_values[state.pattern.transposed.place[i]] = value;
    }
    state.Mark(TrainingPhase::kEnd);
  });
}

size_t TrainingConv::ForwardScratchBytes() const {
  return static_cast<size_t>(state_->blocks->ranges() * state_->set_floats) * sizeof(float);
}

size_t TrainingConv::BackwardScratchBytes() const {
  return static_cast<size_t>(state_->blocks->ranges() * (state_->set_floats + state_->gradient_floats)) * sizeof(float);
}

void TrainingConv::Forward(const float* x, const float* bias, float* y, std::span<std::byte> scratch,
                           ParallelFor parallel_for) const {
  const State& state = *state_;
  assert(scratch.size() >= ForwardScratchBytes());
  assert(reinterpret_cast<uintptr_t>(scratch.data()) % kScratchAlignment == 0);
  auto* const sets = reinterpret_cast<float*>(scratch.data());
  parallel_for(state.blocks->ranges(), [&](int64_t begin, int64_t end, int) {
    const FlushDenormals flush;
    for (int64_t range = begin; range < end; ++range) {
      const BlockMatrix v = state.V(sets + range * state.set_floats), m = state.M(sets + range * state.set_floats);
      state.blocks->ForBlocks(range, [&](const Block& block) {
        state.Mark(TrainingPhase::kTransforms);
        state.blocks->Input(block, x, v);
        state.Mark(TrainingPhase::kForward);
        MultiplyForward(state, v, m, block.vectors);
        state.Mark(TrainingPhase::kTransforms);
        state.blocks->Output(block, m, bias, y);
      });
    }
    state.Mark(TrainingPhase::kEnd);
  });
}

void TrainingConv::Backward(const float* x, const float* dy, const TrainingGradients& gradients,
                            std::span<std::byte> scratch, ParallelFor parallel_for) const {
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
      state.blocks->ForBlocks(range, [&](const Block& block) {
        state.Mark(TrainingPhase::kTransforms);
        state.blocks->OutputAdjoint(block, dy, m);
        state.blocks->Input(block, x, v);
        state.Mark(TrainingPhase::kBackwardWeights);
        AddGradient(state, v, m, block.vectors, sum);
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
