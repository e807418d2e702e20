#include <atomic>
#include <cassert>
#include <chrono>

#include "kernels/isa/flush_denormals.h"
#include "kernels/plan/conv_plan.h"
#include "kernels/plan/plan_state.h"

namespace winnow::kernels {
namespace {

using State = ConvPlan::State;

// Adds the time since the last mark to a phase; does nothing without a place to add it.
class PhaseClock {
 public:
  struct Totals {
    std::atomic<int64_t> input_transform_ns{0};
    std::atomic<int64_t> multiply_ns{0};
    std::atomic<int64_t> output_transform_ns{0};
  };

  explicit PhaseClock(Totals* totals) : totals_(totals) {
    if (totals_ != nullptr) mark_ = std::chrono::steady_clock::now();
  }

  void EndPhase(std::atomic<int64_t> Totals::*phase) {
    if (totals_ == nullptr) return;
    const auto now = std::chrono::steady_clock::now();
    (totals_->*phase) += std::chrono::duration_cast<std::chrono::nanoseconds>(now - mark_).count();
    mark_ = now;
  }

 private:
  Totals* const totals_;
  std::chrono::steady_clock::time_point mark_;
};

// What one call reads and writes.
struct Tensors {
  const float* input;
  const float* residual;  // null for none
  float* output;
};

// Some tiles, and the set of scratch they go through.
struct Work {
  const State& state;
  int64_t first_tile;
  int64_t tiles;
  int vectors;
  float* v;
  float* m;
};

Work MakeWork(const State& state, int64_t block, float* set) {
  const int64_t first = state.blocking.FirstVector(block);
  const int64_t last = state.blocking.FirstVector(block + 1);
  Work work{state, first * state.lanes, 0, static_cast<int>(last - first), set, nullptr};
  work.tiles = std::min(last * state.lanes, state.tiles) - work.first_tile;
  work.m = set + Positions(state.options.variant) * state.v_position_stride;
  return work;
}

PositionView ViewOfV(const Work& work, int64_t channel) {
  const State& state = work.state;
  return {work.v + channel * state.channel_stride, state.v_position_stride, state.channel_stride};
}

PositionView ViewOfM(const Work& work, int64_t channel) {
  const State& state = work.state;
  return {work.m + channel * state.channel_stride, state.m_position_stride, state.channel_stride};
}

ImageBlockView ViewOf(const ImagePlanes& planes, float* tensor, int64_t channel, const float* zeros) {
  const int64_t plane = planes.height * planes.width * kImageBlock;
  return {tensor + channel * plane, plane, planes.height, planes.width, zeros};
}

ImageTiles TilesOf(const Work& work, const ImagePlanes& planes) {
  ImageTiles tiles;
  MakeImageTiles(planes, work.first_tile / kImageBlock, work.vectors / work.state.blocking.unit, tiles);
  return tiles;
}

void TransformInput(const Work& work, int64_t first_channel, int64_t last_channel, const float* tensor) {
  const State& state = work.state;
  float* const input = const_cast<float*>(tensor);  // the views serve outputs too
  if (state.options.layout == TensorLayout::kBlocked16) {
    state.transforms->input_images(TilesOf(work, state.input_images), last_channel - first_channel,
                                   ViewOf(state.input_images, input, first_channel, state.zeros.data()),
                                   ViewOfV(work, first_channel));
    return;
  }
  TileBlock block;
  MakeInputBlock(state.input_planes, work.first_tile, work.tiles, block);
  const int64_t plane = state.input_planes.height * state.input_planes.width;
  state.transforms->input_lane_order(block, last_channel - first_channel,
                                     ImageView{input + first_channel * plane, plane, state.input_planes.width},
                                     ViewOfV(work, first_channel));
}

void MultiplySparse(const Work& work, int position) {
  const State& state = work.state;
  const PackedFilter& filter = *state.sparse;
  const SparseKernel& kernel = *state.sparse_kernels[work.vectors < state.blocking.vectors ? 1 : 0];
  SparsePanel panel;
  panel.m = work.m + position * state.m_position_stride;
  panel.m_stride = state.channel_stride;
  for (const PackedFilter::Block& block : filter.BlocksOf(position)) {
    panel.rows = filter.rows() + block.row_begin;
    panel.remainder_end = block.remainder_end;
    panel.weights = filter.weights() + block.weight_begin;
    panel.indices = filter.indices() + block.index_begin;
    panel.v = work.v + position * state.v_position_stride + block.first_channel * state.channel_stride;
    panel.accumulate = block.first_channel != 0;
    kernel.Of(block.row_channels)(panel);
  }
}

void MultiplyDense(const Work& work, int position) {
  const State& state = work.state;
  DensePanel panel;
  panel.weights = state.dense->PositionWeights(position);
  panel.row_blocks = state.dense->RowBlocks();
  panel.channels = state.options.shape.in_channels;
  panel.v = work.v + position * state.v_position_stride;
  panel.v_stride = state.channel_stride;
  panel.m = work.m + position * state.m_position_stride;
  panel.m_stride = state.channel_stride;
  state.dense_multiply[work.vectors < state.blocking.vectors ? 1 : 0](panel);
}

void Multiply(const Work& work, int64_t first_position, int64_t last_position) {
  for (int64_t position = first_position; position < last_position; ++position) {
    if (work.state.sparse) {
      MultiplySparse(work, static_cast<int>(position));
    } else {
      MultiplyDense(work, static_cast<int>(position));
    }
  }
}

void TransformOutput(const Work& work, int64_t first_channel, int64_t last_channel, const Tensors& tensors) {
  const State& state = work.state;
  const bool images = state.options.layout == TensorLayout::kBlocked16;
  const int64_t plane = images ? state.output_images.height * state.output_images.width * kImageBlock
                               : state.output_planes.height * state.output_planes.width;
  const Epilogue epilogue{
      state.bias.empty() ? nullptr : state.bias.data() + first_channel,
      tensors.residual != nullptr ? tensors.residual + first_channel * plane : nullptr, state.options.relu,
      state.stream_output && (!images || reinterpret_cast<uintptr_t>(tensors.output) % kScratchAlignment == 0)};
  if (images) {
    state.transforms->output_images(TilesOf(work, state.output_images), last_channel - first_channel,
                                    ViewOfM(work, first_channel),
                                    ViewOf(state.output_images, tensors.output, first_channel, nullptr), epilogue);
    return;
  }
  TileBlock block;
  MakeOutputBlock(state.output_planes, work.first_tile, work.tiles, block);
  state.transforms->output_lane_order(
      block, last_channel - first_channel, ViewOfM(work, first_channel),
      ImageView{tensors.output + first_channel * plane, plane, state.output_planes.width}, epilogue);
}

// Every thread takes whole blocks.
void RunByBlocks(const State& state, const Tensors& tensors, float* scratch, ParallelFor parallel_for,
                 PhaseClock::Totals* totals) {
  const ConvShape& shape = state.options.shape;
  parallel_for(state.blocking.block_count, [&](int64_t begin, int64_t end, int thread) {
    assert(thread >= 0 && thread < state.sets);
    const FlushDenormals flush;
    PhaseClock clock(totals);
    for (int64_t block = begin; block < end; ++block) {
      const Work work = MakeWork(state, block, scratch + thread * state.set_floats);
      TransformInput(work, 0, shape.in_channels, tensors.input);
      clock.EndPhase(&PhaseClock::Totals::input_transform_ns);
      Multiply(work, 0, Positions(state.options.variant));
      clock.EndPhase(&PhaseClock::Totals::multiply_ns);
      TransformOutput(work, 0, shape.out_channels, tensors);
      clock.EndPhase(&PhaseClock::Totals::output_transform_ns);
    }
  });
}

// The threads share every block.
void RunByPhases(const State& state, const Tensors& tensors, float* scratch, ParallelFor parallel_for,
                 PhaseClock::Totals* totals) {
  const ConvShape& shape = state.options.shape;
  for (int64_t block = 0; block < state.blocking.block_count; ++block) {
    const Work work = MakeWork(state, block, scratch);
    parallel_for(shape.in_channels, [&](int64_t begin, int64_t end, int) {
      const FlushDenormals flush;
      PhaseClock clock(totals);
      TransformInput(work, begin, end, tensors.input);
      clock.EndPhase(&PhaseClock::Totals::input_transform_ns);
    });
    parallel_for(Positions(state.options.variant), [&](int64_t begin, int64_t end, int) {
      const FlushDenormals flush;
      PhaseClock clock(totals);
      Multiply(work, begin, end);
      clock.EndPhase(&PhaseClock::Totals::multiply_ns);
    });
    parallel_for(shape.out_channels, [&](int64_t begin, int64_t end, int) {
      const FlushDenormals flush;
      PhaseClock clock(totals);
      TransformOutput(work, begin, end, tensors);
      clock.EndPhase(&PhaseClock::Totals::output_transform_ns);
    });
  }
}

void RunDirect(const State& state, const Tensors& tensors, float* scratch, ParallelFor parallel_for,
               PhaseClock::Totals* totals) {
  const DirectLayer& layer = *state.direct;
  parallel_for(layer.cuts().Items(), [&](int64_t begin, int64_t end, int thread) {
    assert(thread >= 0 && thread < state.sets);
    const FlushDenormals flush;
    PhaseClock clock(totals);
    float* const strip = scratch + thread * state.set_floats;
    for (int64_t item = begin; item < end; ++item) {
      layer.CopyStrip(item, tensors.input, strip);
      clock.EndPhase(&PhaseClock::Totals::input_transform_ns);
      layer.Compute(item, strip, tensors.residual, tensors.output);
      clock.EndPhase(&PhaseClock::Totals::multiply_ns);
    }
  });
}

void RunPlan(const ConvPlan& plan, std::span<const float> input, const float* residual, std::span<float> output,
             std::span<std::byte> scratch_bytes, ParallelFor parallel_for, PhaseClock::Totals* totals) {
  const State& state = plan.state();
  assert(static_cast<int64_t>(input.size()) == plan.InputElements());
  assert(static_cast<int64_t>(output.size()) == plan.OutputElements());
  assert(state.options.residual == (residual != nullptr));
  assert(scratch_bytes.size() >= plan.ScratchBytes());
  assert(reinterpret_cast<uintptr_t>(scratch_bytes.data()) % kScratchAlignment == 0);
  float* const scratch = reinterpret_cast<float*>(scratch_bytes.data());
  const Tensors tensors{input.data(), residual, output.data()};
  if (state.direct) {
    RunDirect(state, tensors, scratch, parallel_for, totals);
  } else if (state.blocking.split_tiles) {
    RunByBlocks(state, tensors, scratch, parallel_for, totals);
  } else {
    RunByPhases(state, tensors, scratch, parallel_for, totals);
  }
}

}  // namespace

void Run(const ConvPlan& plan, std::span<const float> input, std::span<float> output, std::span<std::byte> scratch,
         ParallelFor parallel_for) {
  RunPlan(plan, input, nullptr, output, scratch, parallel_for, nullptr);
}

void RunWithResidual(const ConvPlan& plan, std::span<const float> input, std::span<const float> residual,
                     std::span<float> output, std::span<std::byte> scratch, ParallelFor parallel_for) {
  assert(residual.size() == output.size());
  RunPlan(plan, input, residual.data(), output, scratch, parallel_for, nullptr);
}

PhaseTimes RunProfiled(const ConvPlan& plan, std::span<const float> input, std::span<float> output,
                       std::span<std::byte> scratch, ParallelFor parallel_for) {
  PhaseClock::Totals totals;
  RunPlan(plan, input, nullptr, output, scratch, parallel_for, &totals);
  return PhaseTimes{totals.input_transform_ns, totals.multiply_ns, totals.output_transform_ns};
}

}  // namespace winnow::kernels
