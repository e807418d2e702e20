// Direct convolution of one layer, cut into items: dense, in the spatial domain, for layers whose channels or images
// are too few for Winograd's transforms to pay.
//
// An item is a strip of output rows of one image (of one block of 16 in kBlocked16) and some of the output channels.
// The strip's input is first copied with its padding, so that the inner loops know no borders; output pixels that are
// neighbours in that copy are then computed a few vectors at a time. A run of vectors is a row of the output, or, where
// rows would fill vectors badly, the whole strip, the padding between its rows computed and thrown away.
//
// Internal to kernels: ConvPlan drives it.
#ifndef KERNELS_DIRECT_DIRECT_LAYER_H_
#define KERNELS_DIRECT_DIRECT_LAYER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/direct/direct_multiply.h"
#include "kernels/isa/isa.h"
#include "kernels/layout/blocked_layout.h"
#include "kernels/shape/conv_shape.h"

namespace winnow::kernels {

// How a layer is cut. A function of its arguments alone.
struct DirectCuts {
  int64_t pixel_floats = 1;   // of one pixel: 1, or 16 images
  int64_t images = 0;         // or blocks of images
  int64_t strip_rows = 0;     // output rows of the largest strip
  int64_t strips = 0;         // an image
  int64_t channel_parts = 0;  // an image's strip: into how many items its output channels go
  bool by_rows = true;        // a run of vectors is a row; else a strip

  int64_t Items() const { return images * strips * channel_parts; }
};
DirectCuts ChooseDirectCuts(const ConvShape& shape, TensorLayout layout, Isa isa, int threads);

// Vectors of pixels that the inner loops go through, those thrown away among them: what a layer's time goes by.
double DirectVectors(const ConvShape& shape, const DirectCuts& cuts, Isa isa);

// Threads  immutable once made.
class DirectLayer {
 public:
  // Copies weights [out_channels][in_channels][3][3] and bias [out_channels], or empty for none. With `stream` outputs
  // go past the caches.
  DirectLayer(const ConvShape& shape, TensorLayout layout, Isa isa, int threads, bool relu, bool stream,
              std::span<const float> weights, std::span<const float> bias);

  const DirectCuts& cuts() const { return cuts_; }
  double ScratchFloats() const;  // of one thread; may be too many for an integer
  int64_t FilterBytes() const { return static_cast<int64_t>(weights_.size() * sizeof(float)); }
  int64_t Nonzeros() const { return nonzeros_; }

  // One item, in two steps on the same scratch: its input with padding, and its output. `residual` is null for none,
  // and may be `output`. Tensors are whole, in the layer's layout.
  void CopyStrip(int64_t item, const float* input, float* scratch) const;
  void Compute(int64_t item, const float* scratch, const float* residual, float* output) const;

 private:
  struct Item {
    int64_t image;
    int64_t first_row, rows;      // of output
    int64_t first_block, blocks;  // of output channels
  };
  Item ItemOf(int64_t item) const;
  // Appends the vector of the strip's floats [begin, end) to `pixels`.
  void AddVector(const Item& item, int64_t begin, int64_t end, DirectPixels& pixels) const;
  void Multiply(const Item& item, const DirectPixels& pixels, DirectPanel& panel, const float* residual,
                float* output) const;

  ConvShape shape_;
  DirectCuts cuts_;
  const DirectKernel* kernel_;
  int lanes_;
  bool relu_;
  bool stream_;
  int64_t row_floats_;          // of the copy, padding included
  int64_t channel_stride_;      // of the copy
  int64_t row_blocks_;          // of output channels
  std::vector<float> weights_;  // [row block][in_channel][9][row in block], filled up with zeros
  std::vector<float> bias_;     // [row block][row in block], likewise
  int64_t nonzeros_;
};

}  // namespace winnow::kernels

#endif  // KERNELS_DIRECT_DIRECT_LAYER_H_
