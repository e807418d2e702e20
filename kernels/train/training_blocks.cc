#include "kernels/train/training_blocks.h"

#include <algorithm>

#include "kernels/shape/tile_grid.h"

namespace winnow::kernels {
namespace {

constexpr uintptr_t kLineBytes = 64;
// As kernels/plan: an output this large will not be in the caches when the next layer reads it.
constexpr int64_t kStreamFromBytes = int64_t{6} << 20;

ImageBlockView ImagesOf(const ImagePlanes& planes, const float* tensor, const float* zeros) {
  return {const_cast<float*>(tensor), planes.height * planes.width * kImageBlock, planes.height, planes.width, zeros};
}

ImageView PlanesOf(const PlaneGeometry& planes, const float* tensor) {
  return {const_cast<float*>(tensor), planes.height * planes.width, planes.width};
}

}  // namespace

TrainingBlocks::TrainingBlocks(const TrainingConvOptions& options, Isa isa, int vectors)
    : options_(options),
      transforms_(&TileTransformsOf(isa, options.variant)),
      vectors_(vectors),
      lanes_(IsaLanes(isa)),
      blocked_(options.layout == TensorLayout::kBlocked16) {
  const ConvShape& shape = options.shape;
  const int m = TileOutputs(options.variant);
  const TileGrid grid = MakeTileGrid(shape, m);
  slots_per_unit_ = grid.PerImage();
  units_ = blocked_ ? (shape.batch + kImageBlock - 1) / kImageBlock : shape.batch;
  ranges_ = std::min<int64_t>(units_, options.threads);
  stream_output_ = shape.OutputSize() * static_cast<int64_t>(sizeof(float)) >= kStreamFromBytes;
  if (blocked_) {
    unit_vectors_ = static_cast<int>(kImageBlock) / lanes_;
    zeros_.assign(static_cast<size_t>(shape.width * kImageBlock), 0.0f);
    input_images_ = {m,
                     grid.high,
                     grid.wide,
                     shape.height,
                     shape.width,
                     shape.padding,
                     shape.in_channels * shape.height * shape.width * kImageBlock};
    output_images_ = {m,
                      grid.high,
                      grid.wide,
                      shape.OutHeight(),
                      shape.OutWidth(),
                      0,
                      shape.out_channels * shape.OutHeight() * shape.OutWidth() * kImageBlock};
    return;
  }
  input_planes_ = {m,
                   lanes_,
                   grid.high,
                   grid.wide,
                   shape.height,
                   shape.width,
                   shape.padding,
                   shape.in_channels * shape.height * shape.width};
  output_planes_ = {m,
                    lanes_,
                    grid.high,
                    grid.wide,
                    shape.OutHeight(),
                    shape.OutWidth(),
                    0,
                    shape.out_channels * shape.OutHeight() * shape.OutWidth()};
}

int64_t TrainingBlocks::BlocksBefore(int64_t range) const {
  int64_t blocks = 0;
  for (int64_t r = 0; r < range; ++r) {
    const int64_t units = (r + 1) * units_ / ranges_ - r * units_ / ranges_;
    blocks += (units * slots_per_unit_ + BlockSlots() - 1) / BlockSlots();
  }
  return blocks;
}

TrainingBlocks::Block TrainingBlocks::MakeBlock(int64_t first, int64_t slots) const {
  Block block{.first = first, .slots = slots};
  if (blocked_) {
    block.vectors = static_cast<int>(slots) * unit_vectors_;
  } else {
    block.vectors = static_cast<int>((slots + lanes_ - 1) / lanes_);
    block.partial = slots % lanes_ != 0;
  }
  return block;
}

template <typename Body>
void TrainingBlocks::ForPieces(const Block& block, const Body& body) const {
  const int64_t piece = blocked_ ? kMaxBlockVectors / unit_vectors_ : int64_t{kMaxBlockVectors} * lanes_;
  for (int64_t done = 0; done < block.slots; done += piece) {
    body(block.first + done, std::min(piece, block.slots - done), blocked_ ? done * unit_vectors_ : done / lanes_);
  }
}

PositionView TrainingBlocks::ViewOf(const BlockMatrix& matrix, int64_t first_vector) const {
  return {matrix.base + first_vector * lanes_, matrix.position_stride, channel_stride()};
}

void TrainingBlocks::ClearLastVector(const Block& block, const BlockMatrix& matrix, int64_t channels) const {
  if (!block.partial) return;
  for (int p = 0; p < Positions(options_.variant); ++p) {
    float* at = matrix.base + p * matrix.position_stride + int64_t{block.vectors - 1} * lanes_;
    for (int64_t c = 0; c < channels; ++c, at += channel_stride()) std::fill_n(at, lanes_, 0.0f);
  }
}

void TrainingBlocks::Input(const Block& block, const float* x, const BlockMatrix& v) const {
  const int64_t channels = options_.shape.in_channels;
  ClearLastVector(block, v, channels);
  ForPieces(block, [&](int64_t first, int64_t slots, int64_t vector) {
    if (blocked_) {
      ImageTiles tiles;
      MakeImageTiles(input_images_, first, slots, tiles);
      transforms_->input_images(tiles, channels, ImagesOf(input_images_, x, zeros_.data()), ViewOf(v, vector));
    } else {
      TileBlock tiles;
      MakeInputBlock(input_planes_, first, slots, tiles);
      transforms_->input(tiles, channels, PlanesOf(input_planes_, x), ViewOf(v, vector));
    }
  });
}

void TrainingBlocks::Output(const Block& block, const BlockMatrix& m, const float* bias, float* y) const {
  const int64_t channels = options_.shape.out_channels;
  const bool aligned = reinterpret_cast<uintptr_t>(y) % kLineBytes == 0;
  const Epilogue epilogue{.bias = bias, .stream = stream_output_ && (!blocked_ || aligned)};
  ForPieces(block, [&](int64_t first, int64_t slots, int64_t vector) {
    if (blocked_) {
      ImageTiles tiles;
      MakeImageTiles(output_images_, first, slots, tiles);
      transforms_->output_images(tiles, channels, ViewOf(m, vector), ImagesOf(output_images_, y, nullptr), epilogue);
    } else {
      TileBlock tiles;
      MakeOutputBlock(output_planes_, first, slots, tiles);
      transforms_->output(tiles, channels, ViewOf(m, vector), PlanesOf(output_planes_, y), epilogue);
    }
  });
}

void TrainingBlocks::OutputAdjoint(const Block& block, const float* dy, const BlockMatrix& dm) const {
  const int64_t channels = options_.shape.out_channels;
  ClearLastVector(block, dm, channels);
  ForPieces(block, [&](int64_t first, int64_t slots, int64_t vector) {
    if (blocked_) {
      ImageTiles tiles;
      MakeImageTiles(output_images_, first, slots, tiles);
      transforms_->output_adjoint_images(tiles, channels, ImagesOf(output_images_, dy, nullptr), ViewOf(dm, vector));
    } else {
      TileBlock tiles;
      MakeOutputBlock(output_planes_, first, slots, tiles);
      transforms_->output_adjoint(tiles, channels, PlanesOf(output_planes_, dy), ViewOf(dm, vector));
    }
  });
}

void TrainingBlocks::InputAdjoint(const Block& block, const BlockMatrix& dv, float* dx) const {
  const int64_t channels = options_.shape.in_channels;
  ForPieces(block, [&](int64_t first, int64_t slots, int64_t vector) {
    if (blocked_) {
      ImageTiles tiles;
      MakeImageTiles(input_images_, first, slots, tiles);
      transforms_->input_adjoint_images(tiles, channels, ViewOf(dv, vector), ImagesOf(input_images_, dx, nullptr),
                                        options_.shape.padding);
    } else {
      TileBlock tiles;
      MakeInputBlock(input_planes_, first, slots, tiles);
      transforms_->input_adjoint(tiles, channels, ViewOf(dv, vector), PlanesOf(input_planes_, dx));
    }
  });
}

void TrainingBlocks::ClearGradient(int64_t range, float* dx) const {
  if (blocked_) return;  // there the first tile of a pixel overwrites it
  const int64_t image = input_planes_.image_stride;
  const int64_t first = range * units_ / ranges_, last = (range + 1) * units_ / ranges_;
  std::fill_n(dx + first * image, (last - first) * image, 0.0f);
}

}  // namespace winnow::kernels
