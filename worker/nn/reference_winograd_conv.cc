#include "worker/nn/reference_winograd_conv.h"

#include "kernels/transforms/winograd_variant.h"
#include "worker/pruning/tile_size.h"

namespace winnow::worker {
namespace {

torch::Tensor MatrixOf(std::span<const double> values, int64_t rows, int64_t columns, const torch::Tensor& like) {
  return torch::from_blob(const_cast<double*>(values.data()), {rows, columns}, torch::kFloat64).to(like.options());
}

}  // namespace

torch::Tensor ReferenceWinogradConvolution(const torch::Tensor& input, const torch::Tensor& winograd_weight,
                                           const torch::Tensor& bias, int64_t padding, int tile_size) {
  const kernels::WinogradMatrices& matrices = kernels::MatricesOf(VariantOf(tile_size));
  const int64_t m = matrices.m, alpha = matrices.alpha;
  const torch::Tensor bt = MatrixOf(matrices.bt, alpha, alpha, input);
  const torch::Tensor at = MatrixOf(matrices.at, m, alpha, input);
  const int64_t batch = input.size(0);
  const int64_t out_height = input.size(2) + 2 * padding - 2, out_width = input.size(3) + 2 * padding - 2;
  const int64_t high = (out_height + m - 1) / m, wide = (out_width + m - 1) / m;

  // Zeros all round, and at bottom and right what the last tiles lack.
  const torch::Tensor padded = torch::constant_pad_nd(
      input, {padding, padding + wide * m - out_width, padding, padding + high * m - out_height});
  // [N, C, high, wide, alpha, alpha]
  const torch::Tensor patches = padded.unfold(2, alpha, m).unfold(3, alpha, m);
  const torch::Tensor v = torch::matmul(torch::matmul(bt, patches), bt.t());
  const torch::Tensor products = torch::einsum("ocij,nchwij->nohwij", {winograd_weight, v});
  // [N, O, high, wide, m, m]
  const torch::Tensor tiles = torch::matmul(torch::matmul(at, products), at.t());
  torch::Tensor output = tiles.permute({0, 1, 2, 4, 3, 5})
                             .reshape({batch, winograd_weight.size(0), high * m, wide * m})
                             .slice(2, 0, out_height)
                             .slice(3, 0, out_width);
  if (bias.defined()) output = output + bias.view({1, -1, 1, 1});
  return output.contiguous();
}

}  // namespace winnow::worker
