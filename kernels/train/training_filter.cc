#include "kernels/train/training_filter.h"

#include <algorithm>
#include <vector>

namespace winnow::kernels {
namespace {

using State = TrainingConv::State;

constexpr int64_t kCopyGrain = 1 << 14;  // coefficients a piece of copying

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

}  // namespace

void SetValues(std::span<const float> q, ParallelFor parallel_for, State& state) {
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

}  // namespace winnow::kernels
