#include "kernels/plan/conv_plan.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>

#include "kernels/filter/check_filter.h"
#include "kernels/filter/shared_masks.h"
#include "kernels/plan/choices.h"
#include "kernels/plan/plan_state.h"
#include "kernels/shape/tile_grid.h"
#include "kernels/transforms/filter_transform.h"

namespace winnow::kernels {
namespace {

constexpr int kMaxThreads = 4096;
constexpr int64_t kMaxChannels = int64_t{1} << 30;
constexpr int64_t kMaxSide = int64_t{1} << 30;        // places of tiles are 32 bits wide
constexpr double kMaxScratchBytes = 1099511627776.0;  // 2^40
constexpr int64_t kFloatsPerLine = 16;
// An output of this size will not be in the caches when the next layer reads it, so it goes past them. A fifth of the
// L3 cache of the machines measured.
constexpr int64_t kStreamFromBytes = int64_t{6} << 20;

bool StreamsOutput(const ConvShape& shape) {
  return shape.OutputSize() * static_cast<int64_t>(sizeof(float)) >= kStreamFromBytes;
}

int64_t OddLines(int64_t floats) { return ((floats + kFloatsPerLine - 1) / kFloatsPerLine | 1) * kFloatsPerLine; }

Status CheckOptions(const ConvPlanOptions& options, std::span<const float> bias) {
  WINNOW_RETURN_IF_ERROR(options.shape.Validate());
  if (options.threads < 1 || options.threads > kMaxThreads) {
    return InvalidArgument("convolution plan: threads is " + std::to_string(options.threads) + "; use 1 to " +
                           std::to_string(kMaxThreads));
  }
  if (options.shape.height > kMaxSide || options.shape.width > kMaxSide) {
    return InvalidArgument("convolution plan for " + options.shape.ToString() + ": more than 2^30 rows or columns");
  }
  if (options.shape.out_channels > kMaxChannels || options.shape.in_channels > kMaxChannels) {
    return InvalidArgument("convolution plan: more than 2^30 channels");
  }
  if (!bias.empty() && static_cast<int64_t>(bias.size()) != options.shape.out_channels) {
    return InvalidArgument("convolution plan: bias has " + std::to_string(bias.size()) + " values for " +
                           std::to_string(options.shape.out_channels) + " output channels");
  }
  for (size_t o = 0; o < bias.size(); ++o) {
    if (!std::isfinite(bias[o])) {
      return InvalidArgument("convolution plan: bias of output channel " + std::to_string(o) + " is not finite");
    }
  }
  return OkStatus();
}

void SetImageGeometry(ConvPlan::State& state, const TileGrid& grid) {
  const ConvShape& shape = state.options.shape;
  const int m = TileOutputs(state.options.variant);
  const int64_t blocks = (shape.batch + kImageBlock - 1) / kImageBlock;
  state.tiles = blocks * grid.PerImage() * kImageBlock;
  state.input_images = ImagePlanes{m,
                                   grid.high,
                                   grid.wide,
                                   shape.height,
                                   shape.width,
                                   shape.padding,
                                   shape.in_channels * shape.height * shape.width * kImageBlock};
  state.output_images = ImagePlanes{m,
                                    grid.high,
                                    grid.wide,
                                    shape.OutHeight(),
                                    shape.OutWidth(),
                                    0,
                                    shape.out_channels * shape.OutHeight() * shape.OutWidth() * kImageBlock};
  state.zeros.assign(static_cast<size_t>(shape.width * kImageBlock), 0.0f);
}

void SetGeometry(ConvPlan::State& state) {
  const ConvShape& shape = state.options.shape;
  state.stream_output = StreamsOutput(shape);
  const int m = TileOutputs(state.options.variant);
  const TileGrid grid = MakeTileGrid(shape, m);
  if (state.options.layout == TensorLayout::kBlocked16) {
    state.lanes = IsaLanes(state.isa);
    SetImageGeometry(state, grid);
    return;
  }
  state.tiles = grid.Total();
  state.lanes = IsaLanes(state.isa);
  state.input_planes = PlaneGeometry{m,
                                     state.lanes,
                                     grid.high,
                                     grid.wide,
                                     shape.height,
                                     shape.width,
                                     shape.padding,
                                     shape.in_channels * shape.height * shape.width};
  state.output_planes = PlaneGeometry{m,
                                      state.lanes,
                                      grid.high,
                                      grid.wide,
                                      shape.OutHeight(),
                                      shape.OutWidth(),
                                      0,
                                      shape.out_channels * shape.OutHeight() * shape.OutWidth()};
}

void SetMultiply(ConvPlan::State& state) {
  const int vectors = state.blocking.vectors;
  if (state.multiply == MultiplyKind::kDense) {
    state.dense_multiply[0] = DenseMultiplyOf(state.isa, vectors, false);
    if (state.blocking.unit == 1) state.dense_multiply[1] = DenseMultiplyOf(state.isa, vectors, true);
    return;
  }
  state.sparse_kernels[0] = &SparseKernelOf(state.isa, vectors);
  const int fewer = vectors - state.blocking.unit;
  if (fewer > 0) state.sparse_kernels[1] = &SparseKernelOf(state.isa, fewer);
}

Status CheckScratchBytes(const ConvShape& shape, double set_floats, int64_t sets) {
  if (set_floats * sizeof(float) * static_cast<double>(sets) <= kMaxScratchBytes) return OkStatus();
  return ResourceExhausted("convolution plan for " + shape.ToString() + ": " + std::to_string(sets) +
                           " threads need more than 2^40 bytes of scratch; use fewer");
}

Status SetScratch(ConvPlan::State& state) {
  const int64_t positions = Positions(state.options.variant);
  const int row_block = state.multiply == MultiplyKind::kDense ? DenseRowBlock(state.isa, state.blocking.vectors) : 1;
  const int64_t m_rows = (state.options.shape.out_channels + row_block - 1) / row_block * row_block;
  state.channel_stride = state.blocking.vectors * state.lanes;
  state.v_position_stride = OddLines(state.options.shape.in_channels * state.channel_stride);
  state.m_position_stride = OddLines(m_rows * state.channel_stride);
  state.set_floats = positions * (state.v_position_stride + state.m_position_stride);
  state.sets = state.blocking.split_tiles ? state.options.threads : 1;
  return CheckScratchBytes(state.options.shape, static_cast<double>(state.set_floats), state.sets);
}

// Everything of a Winograd plan but the filter, of which only the number of coefficients and the output channels of a
// row matter.
Result<std::shared_ptr<ConvPlan::State>> MakeState(const ConvPlanOptions& options, int64_t nonzeros,
                                                   int64_t row_channels, std::span<const float> bias) {
  auto state = std::make_shared<ConvPlan::State>();
  state->options = options;
  WINNOW_ASSIGN_OR_RETURN(state->isa, SelectIsa(options.isa));
  const int64_t coefficients = options.shape.out_channels * options.shape.in_channels * Positions(options.variant);
  const double density = static_cast<double>(nonzeros) / static_cast<double>(coefficients);
  state->multiply = options.multiply.value_or(ChooseMultiply(options, state->isa, density, row_channels));
  if (state->multiply == MultiplyKind::kDirect) {
    return Err(
        InvalidArgument("convolution plan: direct convolution takes spatial weights; give them to "
                        "MakeConvPlanFromWeights, or leave multiply to the plan"));
  }
  WINNOW_RETURN_ERR_IF_ERROR(CheckTuning(options, state->isa, state->multiply));
  state->blocking = ChooseBlocking(options, state->isa, state->multiply, density);
  state->bias.assign(bias.begin(), bias.end());
  state->transforms = &TileTransformsOf(state->isa, options.variant);
  SetGeometry(*state);
  WINNOW_RETURN_ERR_IF_ERROR(SetScratch(*state));
  SetMultiply(*state);
  return state;
}

PackedFilterLayout SparseLayoutOf(const ConvPlan::State& state) {
  return {state.blocking.channel_block, state.channel_stride * static_cast<int64_t>(sizeof(float))};
}

Status PackFilter(std::span<const float> q, ConvPlan::State& state) {
  const ConvShape& shape = state.options.shape;
  const WinogradVariant variant = state.options.variant;
  if (state.multiply == MultiplyKind::kDense) {
    WINNOW_ASSIGN_OR_RETURN_STATUS(state.dense, DenseFilter::Pack(variant, shape.out_channels, shape.in_channels, q,
                                                                  DenseRowBlock(state.isa, state.blocking.vectors)));
    return OkStatus();
  }
  WINNOW_ASSIGN_OR_RETURN_STATUS(
      state.sparse, PackedFilter::Pack(variant, shape.out_channels, shape.in_channels, q, SparseLayoutOf(state)));
  return OkStatus();
}

Status CheckPacked(const ConvPlanOptions& options, const PackedFilter& filter) {
  const auto describe = [](WinogradVariant variant, int64_t out_channels, int64_t in_channels) {
    return std::string(VariantName(variant)) + " with " + std::to_string(out_channels) + " output and " +
           std::to_string(in_channels) + " input channels";
  };
  if (filter.variant() == options.variant && filter.out_channels() == options.shape.out_channels &&
      filter.in_channels() == options.shape.in_channels) {
    return OkStatus();
  }
  return InvalidArgument("convolution plan: the packed filter is of " +
                         describe(filter.variant(), filter.out_channels(), filter.in_channels()) +
                         ", the layer is of " +
                         describe(options.variant, options.shape.out_channels, options.shape.in_channels) +
                         "; give the filter that was packed for this layer");
}

Result<ConvPlan> MakeDirectPlan(const ConvPlanOptions& options, Isa isa, std::span<const float> weights,
                                std::span<const float> bias) {
  if (options.tuning != Tuning()) {
    return Err(InvalidArgument("convolution plan: a direct plan has no tuning; leave options.tuning empty"));
  }
  auto state = std::make_shared<ConvPlan::State>();
  state->options = options;
  state->isa = isa;
  state->multiply = MultiplyKind::kDirect;
  state->direct.emplace(options.shape, options.layout, isa, options.threads, options.relu, StreamsOutput(options.shape),
                        weights, bias);
  state->blocking.vectors = DirectKernelOf(isa).vectors;
  state->blocking.channel_block = options.shape.in_channels;
  const double floats = state->direct->ScratchFloats();
  state->sets = options.threads;
  WINNOW_RETURN_ERR_IF_ERROR(CheckScratchBytes(options.shape, floats, state->sets));
  state->set_floats = OddLines(static_cast<int64_t>(floats));
  return ConvPlan(state);
}

}  // namespace

std::string_view MultiplyKindName(MultiplyKind kind) {
  if (kind == MultiplyKind::kDirect) return "direct";
  return kind == MultiplyKind::kDense ? "dense" : "sparse";
}

Result<ConvPlan> MakeConvPlan(const ConvPlanOptions& options, std::span<const float> q, std::span<const float> bias) {
  WINNOW_RETURN_ERR_IF_ERROR(CheckOptions(options, bias));
  WINNOW_RETURN_ERR_IF_ERROR(CheckFilter(options.variant, options.shape.out_channels, options.shape.in_channels, q));
  const int64_t nonzeros = std::count_if(q.begin(), q.end(), [](float x) { return x != 0; });
  WINNOW_ASSIGN_OR_RETURN(const auto state,
                          MakeState(options, nonzeros, SharedMasks(options.shape.out_channels, q), bias));
  WINNOW_RETURN_ERR_IF_ERROR(PackFilter(q, *state));
  return ConvPlan(state);
}

Result<ConvPlan> MakeConvPlanFromWeights(const ConvPlanOptions& options, std::span<const float> weights,
                                         std::span<const float> bias) {
  const ConvShape& shape = options.shape;
  WINNOW_RETURN_ERR_IF_ERROR(CheckOptions(options, bias));
  WINNOW_RETURN_ERR_IF_ERROR(CheckWeights(shape.out_channels, shape.in_channels, weights));
  WINNOW_ASSIGN_OR_RETURN(const Isa isa, SelectIsa(options.isa));
  if (options.multiply == MultiplyKind::kDirect) return MakeDirectPlan(options, isa, weights, bias);
  const int64_t filters = shape.out_channels * shape.in_channels;
  std::vector<float> q(static_cast<size_t>(filters * Positions(options.variant)));
  FilterTransform(options.variant, filters, weights, q);
  if (!options.multiply && options.tuning == Tuning()) {
    const auto kept = std::count_if(q.begin(), q.end(), [](float x) { return x != 0; });
    const double density = static_cast<double>(kept) / static_cast<double>(q.size());
    if (DirectIsFaster(options, isa, density)) return MakeDirectPlan(options, isa, weights, bias);
  }
  return MakeConvPlan(options, q, bias);
}

Result<ConvPlan> MakeConvPlanFromPacked(const ConvPlanOptions& options, PackedFilter filter,
                                        std::span<const float> bias) {
  WINNOW_RETURN_ERR_IF_ERROR(CheckOptions(options, bias));
  WINNOW_RETURN_ERR_IF_ERROR(CheckPacked(options, filter));
  WINNOW_ASSIGN_OR_RETURN(const auto state, MakeState(options, filter.Nonzeros(), filter.RowChannels(), bias));
  if (state->multiply == MultiplyKind::kSparse && filter.layout() == SparseLayoutOf(*state)) {
    state->sparse = std::move(filter);
  } else {
    WINNOW_RETURN_ERR_IF_ERROR(PackFilter(filter.Unpack(), *state));
  }
  return ConvPlan(state);
}

const ConvShape& ConvPlan::shape() const { return state_->options.shape; }
WinogradVariant ConvPlan::variant() const { return state_->options.variant; }
Isa ConvPlan::isa() const { return state_->isa; }
MultiplyKind ConvPlan::multiply() const { return state_->multiply; }
int ConvPlan::threads() const { return state_->options.threads; }

TensorLayout ConvPlan::layout() const { return state_->options.layout; }
bool ConvPlan::residual() const { return state_->options.residual; }
int ConvPlan::vectors() const { return state_->blocking.vectors; }
int64_t ConvPlan::channel_block() const { return state_->blocking.channel_block; }

int64_t ConvPlan::InputElements() const {
  const ConvShape& s = shape();
  return ElementsIn(layout(), {s.batch, s.in_channels, s.height * s.width});
}

int64_t ConvPlan::OutputElements() const {
  const ConvShape& s = shape();
  return ElementsIn(layout(), {s.batch, s.out_channels, s.OutHeight() * s.OutWidth()});
}

int64_t ConvPlan::Nonzeros() const {
  if (state_->direct) return state_->direct->Nonzeros();
  return state_->dense ? state_->dense->Nonzeros() : state_->sparse->Nonzeros();
}

double ConvPlan::Density() const {
  const int64_t of_a_filter = state_->direct ? 9 : Positions(variant());
  return static_cast<double>(Nonzeros()) /
         static_cast<double>(shape().out_channels * shape().in_channels * of_a_filter);
}

int64_t ConvPlan::FilterBytes() const {
  if (state_->direct) return state_->direct->FilterBytes();
  return state_->dense ? state_->dense->Bytes() : state_->sparse->Bytes();
}

const PackedFilter* ConvPlan::packed_filter() const { return state_->sparse ? &*state_->sparse : nullptr; }

size_t ConvPlan::ScratchBytes() const { return static_cast<size_t>(state_->sets * state_->set_floats) * sizeof(float); }

std::string ConvPlan::ToString() const {
  char density[32];
  std::snprintf(density, sizeof(density), "%.3f", Density());
  std::string text(MultiplyKindName(multiply()));
  text.append(" ").append(IsaName(isa()));
  if (!state_->direct) text.append(" ").append(VariantName(variant()));
  text.append(" ").append(TensorLayoutName(layout())).append(", ").append(shape().ToString());
  text.append(", ").append(std::to_string(threads())).append(threads() == 1 ? " thread" : " threads");
  text.append(", density ").append(density);
  if (state_->options.residual) text.append(", residual");
  if (state_->options.relu) text.append(", relu");
  return text;
}

}  // namespace winnow::kernels
