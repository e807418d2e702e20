#include "worker/nn/reference_winograd_conv.h"

#include <vector>

#include "kernels/transforms/winograd_variant.h"
#include "worker/pruning/tile_size.h"

namespace winnow::worker {
namespace {

// X -> M X M^T of a square X as one matrix on its elements, row-major: the Kronecker product of M [rows, columns] with
// itself. All tiles of a batch then are transformed by one product of matrices. Made once for a thread, type and
// device: a copy to a GPU would wait for it every time. `values` must live as long as the program.
torch::Tensor BothSides(std::span<const double> values, int64_t rows, int64_t columns, const torch::Tensor& like) {
  struct Made {
    const double* values;
    torch::Tensor both;
  };
  thread_local std::vector<Made> made;
  for (const Made& one : made) {
    if (one.values == values.data() && one.both.scalar_type() == like.scalar_type() &&
        one.both.device() == like.device()) {
      return one.both;
    }
  }
  torch::InferenceMode normal(false);  // who trains afterwards needs tensors that autograd can keep
  const torch::Tensor matrix = torch::from_blob(const_cast<double*>(values.data()), {rows, columns}, torch::kFloat64);
  made.push_back({values.data(), torch::kron(matrix, matrix).to(like.options())});
  return made.back().both;
}

// Along one side.
struct TileSpan {
  int64_t out;
  int64_t tiles;
  int64_t missing;  // zeros that the last tile lacks
};

TileSpan TilesOver(int64_t in, int64_t padding, int64_t m) {
  const int64_t out = in + 2 * padding - 2;
  const int64_t tiles = (out + m - 1) / m;
  return {out, tiles, tiles * m - out};
}

}  // namespace

torch::Tensor TransformedTiles(const torch::Tensor& input, int64_t padding, int tile_size) {
  const kernels::WinogradMatrices& matrices = kernels::MatricesOf(VariantOf(tile_size));
  const int64_t m = matrices.m, alpha = matrices.alpha;
  const TileSpan y = TilesOver(input.size(2), padding, m), x = TilesOver(input.size(3), padding, m);
  const torch::Tensor padded =
      torch::constant_pad_nd(input, {padding, padding + x.missing, padding, padding + y.missing});
  // One image of N * C channels: LibTorch's loop over images costs a GPU a launch each. [1, N * C * alpha^2, high *
  // wide]
  const int64_t batch = input.size(0), channels = input.size(1), positions = alpha * alpha;
  const torch::Tensor patches = torch::im2col(padded.reshape({1, batch * channels, padded.size(2), padded.size(3)}),
                                              {alpha, alpha}, {1, 1}, {0, 0}, {m, m});
  const torch::Tensor flat = patches.view({batch, channels, positions, y.tiles * x.tiles})
                                 .permute({2, 1, 0, 3})
                                 .reshape({positions, channels * batch * y.tiles * x.tiles});
  return torch::mm(BothSides(matrices.bt, alpha, alpha, input), flat)
      .view({positions, channels, batch * y.tiles * x.tiles});
}

torch::Tensor ReferenceWinogradConvolution(const torch::Tensor& input, const torch::Tensor& winograd_weight,
                                           const torch::Tensor& bias, int64_t padding, int tile_size) {
  return ConvolveTransformed(TransformedTiles(input, padding, tile_size), input.sizes(), winograd_weight, bias, padding,
                             tile_size);
}

torch::Tensor ConvolveTransformed(const torch::Tensor& tiles, torch::IntArrayRef input_sizes,
                                  const torch::Tensor& winograd_weight, const torch::Tensor& bias, int64_t padding,
                                  int tile_size) {
  const kernels::WinogradMatrices& matrices = kernels::MatricesOf(VariantOf(tile_size));
  const int64_t m = matrices.m, alpha = matrices.alpha;
  const int64_t batch = input_sizes[0], out_channels = winograd_weight.size(0), in_channels = winograd_weight.size(1);
  const TileSpan y = TilesOver(input_sizes[2], padding, m), x = TilesOver(input_sizes[3], padding, m);
  const torch::Tensor q = winograd_weight.permute({2, 3, 0, 1}).reshape({alpha * alpha, out_channels, in_channels});
  const torch::Tensor products = torch::bmm(q, tiles).view({alpha * alpha, out_channels * batch * y.tiles * x.tiles});
  torch::Tensor output = torch::mm(BothSides(matrices.at, m, alpha, tiles), products)
                             .view({m, m, out_channels, batch, y.tiles, x.tiles})
                             .permute({3, 2, 4, 0, 5, 1})
                             .reshape({batch, out_channels, y.tiles * m, x.tiles * m})
                             .slice(2, 0, y.out)
                             .slice(3, 0, x.out);
  if (bias.defined()) output = output + bias.view({1, -1, 1, 1});
  return output.contiguous();
}

}  // namespace winnow::worker
