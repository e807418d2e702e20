// What a TrainingConv holds. Internal to kernels/train.
#ifndef KERNELS_TRAIN_TRAINING_STATE_H_
#define KERNELS_TRAIN_TRAINING_STATE_H_

#include <optional>
#include <vector>

#include "kernels/train/pattern.h"
#include "kernels/train/training_blocks.h"
#include "kernels/train/training_conv.h"

namespace winnow::kernels {

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

// Layout  of scratch: for every range V and M of one block of tiles, then for every range the gradient of the filter,
// packed
//         as the pattern, or [position][out_channel][in_channel].
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
  int64_t saved_floats() const { return positions * v_stride; }  // V of one block
};

}  // namespace winnow::kernels

#endif  // KERNELS_TRAIN_TRAINING_STATE_H_
