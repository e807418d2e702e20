#include "kernels/train/training_products.h"

#include "kernels/dense/dense_multiply.h"
#include "kernels/sparse/sparse_multiply.h"
#include "kernels/train/gradient_products.h"

namespace winnow::kernels {
namespace {

using State = TrainingConv::State;

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

}  // namespace

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

}  // namespace winnow::kernels
