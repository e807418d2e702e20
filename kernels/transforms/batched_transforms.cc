#include "kernels/transforms/batched_transforms.h"

#include <algorithm>
#include <cassert>
#include <string>

#include "kernels/shape/tile_block.h"
#include "kernels/shape/tile_grid.h"
#include "kernels/transforms/tile_transforms.h"

namespace winnow::kernels {
namespace {

constexpr int64_t kFloatsPerLine = 16;
// Tiles of one step: enough to fill vectors across images of few tiles, little enough for the stage to stay in L1.
constexpr int64_t kStepTiles = 64;

ConvShape ShapeOf(const TransformGeometry& geometry) {
  return ConvShape{geometry.batch,  geometry.channels, geometry.channels,
                   geometry.height, geometry.width,    geometry.padding};
}

TileGrid GridOf(const TransformGeometry& geometry) {
  return MakeTileGrid(ShapeOf(geometry), TileOutputs(geometry.variant));
}

PlaneGeometry InputPlanes(const TransformGeometry& geometry, Isa isa) {
  const TileGrid grid = GridOf(geometry);
  return PlaneGeometry{TileOutputs(geometry.variant),
                       IsaLanes(isa),
                       grid.high,
                       grid.wide,
                       geometry.height,
                       geometry.width,
                       geometry.padding,
                       geometry.channels * geometry.height * geometry.width};
}

PlaneGeometry OutputPlanes(const TransformGeometry& geometry, Isa isa) {
  PlaneGeometry planes = InputPlanes(geometry, isa);
  planes.height = geometry.OutHeight();
  planes.width = geometry.OutWidth();
  planes.padding = 0;
  planes.image_stride = geometry.channels * planes.height * planes.width;
  return planes;
}

int64_t StepTiles(Isa isa) { return std::min<int64_t>(kStepTiles, int64_t{kMaxBlockVectors} * IsaLanes(isa)); }

// Calls step(block, first tile, first channel, channels) for items [begin, end) of steps x channels, one step's
// channels in a row, so that a block is made once for many channels.
template <typename MakeBlock, typename Step>
void ForSteps(const TransformGeometry& geometry, const PlaneGeometry& planes, int64_t step_tiles, int64_t begin,
              int64_t end, MakeBlock make_block, Step step) {
  const int64_t tiles = GridOf(geometry).Total();
  TileBlock block;
  for (int64_t item = begin; item < end;) {
    const int64_t channel = item % geometry.channels;
    const int64_t channels = std::min(geometry.channels - channel, end - item);
    const int64_t first = item / geometry.channels * step_tiles;
    make_block(planes, first, std::min(step_tiles, tiles - first), block);
    step(block, first, channel, channels);
    item += channels;
  }
}

PositionView Positions(const TransformGeometry& geometry, float* base, int64_t first_tile, int64_t channel) {
  const int64_t tiles = geometry.Tiles();
  return PositionView{base + channel * tiles + first_tile, geometry.plane_stride, tiles};
}

ImageView Images(const PlaneGeometry& planes, float* base, int64_t channel) {
  const int64_t plane = planes.height * planes.width;
  return ImageView{base + channel * plane, plane, planes.width};
}

int64_t StepItems(const TransformGeometry& geometry, int64_t step_tiles) {
  return (geometry.Tiles() + step_tiles - 1) / step_tiles * geometry.channels;
}

}  // namespace

int64_t TransformGeometry::Tiles() const { return GridOf(*this).Total(); }

int64_t TransformGeometry::SuggestedPlaneStride() const {
  const int64_t lines = (channels * Tiles() + kFloatsPerLine - 1) / kFloatsPerLine;
  return (lines | 1) * kFloatsPerLine;
}

Status TransformGeometry::Validate() const {
  WINNOW_RETURN_IF_ERROR(ShapeOf(*this).Validate());
  if (plane_stride < channels * Tiles()) {
    return InvalidArgument("transform planes of " + std::to_string(channels * Tiles()) +
                           " floats overlap at a stride of " + std::to_string(plane_stride) +
                           "; use SuggestedPlaneStride()");
  }
  return OkStatus();
}

void InputTransform(const TransformGeometry& geometry, const float* x, float* v, ParallelFor parallel_for, Isa isa) {
  assert(geometry.Validate().ok());
  const TileTransforms& transforms = TileTransformsOf(isa, geometry.variant);
  const PlaneGeometry planes = InputPlanes(geometry, isa);
  const int64_t step_tiles = StepTiles(isa);
  parallel_for(StepItems(geometry, step_tiles), [&](int64_t begin, int64_t end, int) {
    ForSteps(geometry, planes, step_tiles, begin, end, MakeInputBlock,
             [&](const TileBlock& block, int64_t first, int64_t channel, int64_t channels) {
               transforms.input(block, channels, Images(planes, const_cast<float*>(x), channel),
                                Positions(geometry, v, first, channel));
             });
  });
}

void InputTransformAdjoint(const TransformGeometry& geometry, const float* dv, float* dx, ParallelFor parallel_for,
                           Isa isa) {
  assert(geometry.Validate().ok());
  const TileTransforms& transforms = TileTransformsOf(isa, geometry.variant);
  const PlaneGeometry planes = InputPlanes(geometry, isa);
  const TileGrid grid = GridOf(geometry);
  const int64_t plane = geometry.height * geometry.width;
  const int64_t step_tiles = StepTiles(isa);
  // Tiles of one image add to each other's pixels, so an item is whole images of one channel: as many as fill a step.
  const int64_t images = std::max<int64_t>(1, step_tiles / grid.PerImage());
  const int64_t groups = (geometry.batch + images - 1) / images;
  parallel_for(groups * geometry.channels, [&](int64_t begin, int64_t end, int) {
    TileBlock block;
    for (int64_t item = begin; item < end; ++item) {
      const int64_t channel = item % geometry.channels;
      const int64_t image_begin = item / geometry.channels * images;
      const int64_t image_end = std::min(geometry.batch, image_begin + images);
      for (int64_t n = image_begin; n < image_end; ++n) {
        std::fill_n(dx + n * planes.image_stride + channel * plane, plane, 0.0f);
      }
      const int64_t last = image_end * grid.PerImage();
      for (int64_t first = image_begin * grid.PerImage(); first < last; first += step_tiles) {
        MakeInputBlock(planes, first, std::min(step_tiles, last - first), block);
        transforms.input_adjoint(block, 1, Positions(geometry, const_cast<float*>(dv), first, channel),
                                 Images(planes, dx, channel));
      }
    }
  });
}

void OutputTransform(const TransformGeometry& geometry, const float* m, const float* bias, float* y,
                     ParallelFor parallel_for, Isa isa) {
  assert(geometry.Validate().ok());
  const TileTransforms& transforms = TileTransformsOf(isa, geometry.variant);
  const PlaneGeometry planes = OutputPlanes(geometry, isa);
  const int64_t step_tiles = StepTiles(isa);
  parallel_for(StepItems(geometry, step_tiles), [&](int64_t begin, int64_t end, int) {
    ForSteps(geometry, planes, step_tiles, begin, end, MakeOutputBlock,
             [&](const TileBlock& block, int64_t first, int64_t channel, int64_t channels) {
               transforms.output(block, channels, Positions(geometry, const_cast<float*>(m), first, channel),
                                 Images(planes, y, channel),
                                 Epilogue{.bias = bias != nullptr ? bias + channel : nullptr});
             });
  });
}

void OutputTransformAdjoint(const TransformGeometry& geometry, const float* dy, float* dm, ParallelFor parallel_for,
                            Isa isa) {
  assert(geometry.Validate().ok());
  const TileTransforms& transforms = TileTransformsOf(isa, geometry.variant);
  const PlaneGeometry planes = OutputPlanes(geometry, isa);
  const int64_t step_tiles = StepTiles(isa);
  parallel_for(StepItems(geometry, step_tiles), [&](int64_t begin, int64_t end, int) {
    ForSteps(geometry, planes, step_tiles, begin, end, MakeOutputBlock,
             [&](const TileBlock& block, int64_t first, int64_t channel, int64_t channels) {
               transforms.output_adjoint(block, channels, Images(planes, const_cast<float*>(dy), channel),
                                         Positions(geometry, dm, first, channel));
             });
  });
}

}  // namespace winnow::kernels
