#include "kernels/direct/direct_layer.h"

#include <algorithm>
#include <cstring>

namespace winnow::kernels {
namespace {

// Of a strip's copy: half of a small L2 cache.
constexpr double kStripBytes = 128 * 1024;

int64_t DivideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

int64_t PixelFloats(TensorLayout layout) { return layout == TensorLayout::kBlocked16 ? kImageBlock : 1; }

// Vectors of a strip of `rows` output rows.
int64_t StripVectors(const ConvShape& shape, int64_t pixel_floats, int64_t rows, bool by_rows, int lanes) {
  const int64_t row = shape.OutWidth() * pixel_floats;
  if (by_rows) return rows * DivideUp(row, lanes);
  return DivideUp((rows - 1) * (shape.width + 2 * shape.padding) * pixel_floats + row, lanes);
}

}  // namespace

DirectCuts ChooseDirectCuts(const ConvShape& shape, TensorLayout layout, Isa isa, int threads) {
  DirectCuts cuts;
  cuts.pixel_floats = PixelFloats(layout);
  cuts.images = layout == TensorLayout::kBlocked16 ? DivideUp(shape.batch, kImageBlock) : shape.batch;
  const double row_bytes = static_cast<double>(shape.in_channels) *
                           static_cast<double>((shape.width + 2 * shape.padding) * cuts.pixel_floats) * sizeof(float);
  const int64_t height = shape.OutHeight();
  const auto fit = static_cast<int64_t>(std::clamp(kStripBytes / row_bytes - 2, 1.0, 1e9));
  // The same number of strips for every thread, where there are rows enough.
  const int64_t strips = std::max(DivideUp(height, fit), DivideUp(threads, cuts.images));
  cuts.strip_rows = DivideUp(height, std::min(strips, height));
  cuts.strips = DivideUp(height, cuts.strip_rows);
  const int64_t blocks = DivideUp(shape.out_channels, DirectKernelOf(isa).row_block);
  cuts.channel_parts = std::clamp(DivideUp(threads, cuts.images * cuts.strips), int64_t{1}, blocks);
  const int lanes = IsaLanes(isa);
  // A vector that ends with its row is stored at once, so a few more of them are as fast.
  cuts.by_rows = StripVectors(shape, cuts.pixel_floats, cuts.strip_rows, true, lanes) * 9 <=
                 StripVectors(shape, cuts.pixel_floats, cuts.strip_rows, false, lanes) * 10;
  return cuts;
}

double DirectVectors(const ConvShape& shape, const DirectCuts& cuts, Isa isa) {
  const int lanes = IsaLanes(isa);
  const int64_t last_rows = shape.OutHeight() - (cuts.strips - 1) * cuts.strip_rows;
  const int64_t an_image =
      (cuts.strips - 1) * StripVectors(shape, cuts.pixel_floats, cuts.strip_rows, cuts.by_rows, lanes) +
      StripVectors(shape, cuts.pixel_floats, last_rows, cuts.by_rows, lanes);
  return static_cast<double>(cuts.images) * static_cast<double>(an_image);
}

DirectLayer::DirectLayer(const ConvShape& shape, TensorLayout layout, Isa isa, int threads, bool relu, bool stream,
                         std::span<const float> weights, std::span<const float> bias)
    : shape_(shape),
      cuts_(ChooseDirectCuts(shape, layout, isa, threads)),
      kernel_(&DirectKernelOf(isa)),
      lanes_(IsaLanes(isa)),
      relu_(relu),
      stream_(stream),
      row_floats_((shape.width + 2 * shape.padding) * cuts_.pixel_floats),
      channel_stride_((cuts_.strip_rows + 2) * row_floats_),
      row_blocks_(DivideUp(shape.out_channels, kernel_->row_block)) {
  const int64_t r = kernel_->row_block, taps = shape.in_channels * 9;
  weights_.assign(static_cast<size_t>(row_blocks_ * taps * r), 0.0f);
  for (int64_t o = 0; o < shape.out_channels; ++o) {
    float* const block = weights_.data() + o / r * taps * r + o % r;
    for (int64_t i = 0; i < taps; ++i) block[i * r] = weights[static_cast<size_t>(o * taps + i)];
  }
  bias_.assign(static_cast<size_t>(row_blocks_ * r), 0.0f);
  std::copy(bias.begin(), bias.end(), bias_.begin());
  nonzeros_ = std::count_if(weights.begin(), weights.end(), [](float x) { return x != 0; });
}

double DirectLayer::ScratchFloats() const {
  // The last vector of a strip may reach past it.
  return static_cast<double>(shape_.in_channels) * static_cast<double>(channel_stride_) + lanes_;
}

DirectLayer::Item DirectLayer::ItemOf(int64_t item) const {
  Item result{};
  const int64_t part = item % cuts_.channel_parts;
  const int64_t strip = item / cuts_.channel_parts % cuts_.strips;
  result.image = item / cuts_.channel_parts / cuts_.strips;
  result.first_row = strip * cuts_.strip_rows;
  result.rows = std::min(cuts_.strip_rows, shape_.OutHeight() - result.first_row);
  result.first_block = part * row_blocks_ / cuts_.channel_parts;
  result.blocks = (part + 1) * row_blocks_ / cuts_.channel_parts - result.first_block;
  return result;
}

void DirectLayer::CopyStrip(int64_t number, const float* input, float* scratch) const {
  const Item item = ItemOf(number);
  const int64_t line = shape_.width * cuts_.pixel_floats, side = shape_.padding * cuts_.pixel_floats;
  for (int64_t c = 0; c < shape_.in_channels; ++c) {
    const float* const plane = input + (item.image * shape_.in_channels + c) * shape_.height * line;
    float* to = scratch + c * channel_stride_;
    for (int64_t row = 0; row < item.rows + 2; ++row, to += row_floats_) {
      const int64_t y = item.first_row + row - shape_.padding;
      if (y < 0 || y >= shape_.height) {
        std::fill_n(to, row_floats_, 0.0f);
        continue;
      }
      std::fill_n(to, side, 0.0f);
      std::memcpy(to + side, plane + y * line, static_cast<size_t>(line) * sizeof(float));
      std::fill_n(to + side + line, side, 0.0f);
    }
  }
}

void DirectLayer::Compute(int64_t number, const float* scratch, const float* residual, float* output) const {
  const Item item = ItemOf(number);
  const int64_t line = shape_.OutWidth() * cuts_.pixel_floats;
  DirectPanel panel;
  panel.channels = shape_.in_channels;
  panel.input = scratch;
  panel.channel_stride = channel_stride_;
  panel.row_stride = row_floats_;
  panel.pixel_stride = cuts_.pixel_floats;
  panel.plane = shape_.OutHeight() * line;
  panel.relu = relu_;
  panel.stream = stream_;
  const int64_t runs = cuts_.by_rows ? item.rows : 1;
  const int64_t run_floats = cuts_.by_rows ? line : (item.rows - 1) * row_floats_ + line;
  const int64_t run_vectors = DivideUp(run_floats, lanes_), vectors = runs * run_vectors;
  const int64_t parts = DivideUp(vectors, kernel_->vectors);
  int64_t run = 0, at = 0;  // floats of the run
  for (int64_t part = 0; part < parts; ++part) {
    DirectPixels pixels;
    for (int64_t i = part * vectors / parts; i < (part + 1) * vectors / parts; ++i) {
      AddVector(item, run * row_floats_ + at, run * row_floats_ + std::min(at + lanes_, run_floats), pixels);
      at += lanes_;
      if (at < run_floats) continue;
      ++run;
      at = 0;
    }
    Multiply(item, pixels, panel, residual, output);
  }
}

void DirectLayer::AddVector(const Item& item, int64_t begin, int64_t end, DirectPixels& pixels) const {
  const int64_t line = shape_.OutWidth() * cuts_.pixel_floats;
  int stores = pixels.count == 0 ? 0 : pixels.store_end[pixels.count - 1];
  for (int64_t row = begin / row_floats_; row * row_floats_ < end; ++row) {
    const int64_t row_begin = row * row_floats_;
    const int64_t first = std::max(begin, row_begin) - begin, last = std::min(end, row_begin + line) - begin;
    if (first >= last) continue;  // in the padding
    const auto lanes = static_cast<uint32_t>((1u << last) - (1u << first));
    pixels.stores[stores++] = {(item.first_row + row) * line + begin - row_begin, lanes};
  }
  pixels.from[pixels.count] = begin;
  pixels.store_end[pixels.count++] = stores;
}

void DirectLayer::Multiply(const Item& item, const DirectPixels& pixels, DirectPanel& panel, const float* residual,
                           float* output) const {
  const int64_t block_rows = kernel_->row_block;
  for (int64_t block = item.first_block; block < item.first_block + item.blocks; ++block) {
    const int64_t channel = block * block_rows;
    const int64_t place = (item.image * shape_.out_channels + channel) * panel.plane;
    panel.weights = weights_.data() + block * shape_.in_channels * 9 * block_rows;
    panel.bias = bias_.data() + channel;
    panel.rows = static_cast<int>(std::min(block_rows, shape_.out_channels - channel));
    panel.residual = residual != nullptr ? residual + place : nullptr;
    panel.output = output + place;
    kernel_->multiply[pixels.count - 1](panel, pixels);
  }
}

}  // namespace winnow::kernels
