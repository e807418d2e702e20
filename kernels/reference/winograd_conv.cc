#include "kernels/reference/winograd_conv.h"

#include <cassert>
#include <cstdint>

#include "kernels/shape/tile_grid.h"

namespace winnow::kernels {
namespace {

using Square = double[kMaxAlpha][kMaxAlpha];

// out = L in L^T with L [rows][columns].
void Sandwich(std::span<const double> l, int rows, int columns, const Square& in, Square& out) {
  Square half;
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j) {
      half[i][j] = 0;
      for (int k = 0; k < columns; ++k) half[i][j] += l[i * columns + k] * in[k][j];
    }
  }
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < rows; ++j) {
      out[i][j] = 0;
      for (int k = 0; k < columns; ++k) out[i][j] += half[i][k] * l[j * columns + k];
    }
  }
}

// The patch of a tile whose first output is (oy, ox), zero outside the image.
void LoadPatch(const ConvShape& shape, const float* image, int alpha, int64_t oy, int64_t ox, Square& patch) {
  for (int i = 0; i < alpha; ++i) {
    for (int j = 0; j < alpha; ++j) {
      const int64_t y = oy + i - shape.padding;
      const int64_t x = ox + j - shape.padding;
      const bool inside = y >= 0 && y < shape.height && x >= 0 && x < shape.width;
      patch[i][j] = inside ? image[y * shape.width + x] : 0.0;
    }
  }
}

}  // namespace

std::vector<double> ReferenceWinogradConv(const ConvShape& shape, WinogradVariant variant, std::span<const float> input,
                                          std::span<const float> q, std::span<const float> bias) {
  const WinogradMatrices& matrices = MatricesOf(variant);
  const int alpha = matrices.alpha;
  const int m = matrices.m;
  assert(static_cast<int64_t>(input.size()) == shape.InputSize());
  assert(static_cast<int64_t>(q.size()) == shape.out_channels * shape.in_channels * alpha * alpha);
  assert(bias.empty() || static_cast<int64_t>(bias.size()) == shape.out_channels);
  const TileGrid grid = MakeTileGrid(shape, m);
  const int64_t image_size = shape.height * shape.width;
  std::vector<double> output(shape.OutputSize());
  std::vector<double> transformed(shape.in_channels * alpha * alpha);  // of one tile, all channels
  for (int64_t tile = 0; tile < grid.Total(); ++tile) {
    const int64_t n = tile / grid.PerImage();
    const int64_t oy = tile % grid.PerImage() / grid.wide * m;
    const int64_t ox = tile % grid.wide * m;
    for (int64_t c = 0; c < shape.in_channels; ++c) {
      Square patch, v;
      LoadPatch(shape, input.data() + (n * shape.in_channels + c) * image_size, alpha, oy, ox, patch);
      Sandwich(matrices.bt, alpha, alpha, patch, v);
      for (int p = 0; p < alpha * alpha; ++p) transformed[c * alpha * alpha + p] = v[p / alpha][p % alpha];
    }
    for (int64_t o = 0; o < shape.out_channels; ++o) {
      Square product = {}, out;
      for (int64_t i = 0; i < shape.in_channels * alpha * alpha; ++i) {
        const int p = static_cast<int>(i % (alpha * alpha));
        product[p / alpha][p % alpha] += double{q[o * shape.in_channels * alpha * alpha + i]} * transformed[i];
      }
      Sandwich(matrices.at, m, alpha, product, out);
      for (int64_t y = oy; y < oy + m && y < shape.OutHeight(); ++y) {
        for (int64_t x = ox; x < ox + m && x < shape.OutWidth(); ++x) {
          output[((n * shape.out_channels + o) * shape.OutHeight() + y) * shape.OutWidth() + x] =
              out[y - oy][x - ox] + (bias.empty() ? 0.0 : bias[o]);
        }
      }
    }
  }
  return output;
}

}  // namespace winnow::kernels
