// A Winograd layer and its gradients by their definitions, in double.
#ifndef TESTS_UNIT_KERNELS_TRAIN_TRAINING_REFERENCE_H_
#define TESTS_UNIT_KERNELS_TRAIN_TRAINING_REFERENCE_H_

#include <span>
#include <vector>

#include "kernels/shape/conv_shape.h"
#include "kernels/shape/tile_grid.h"
#include "kernels/transforms/winograd_variant.h"

namespace winnow::kernels {

struct TrainingReference {
  std::vector<double> y, dx, dq;

  TrainingReference(const ConvShape& shape, WinogradVariant variant, std::span<const float> x, std::span<const float> q,
                    std::span<const float> dy)
      : y(shape.OutputSize()), dx(shape.InputSize()), dq(q.size()), shape_(shape), matrices_(MatricesOf(variant)) {
    const TileGrid grid = MakeTileGrid(shape, matrices_.m);
    for (int64_t n = 0; n < shape.batch; ++n) {
      for (int64_t row = 0; row < grid.high; ++row) {
        for (int64_t column = 0; column < grid.wide; ++column) {
          AddTile(n, row * matrices_.m, column * matrices_.m, x, q, dy);
        }
      }
    }
  }

 private:
  using Values = std::vector<double>;

  // out = left * in * left^T, `left` [rows][columns], or its transpose where asked.
  static Values Sandwich(std::span<const double> left, int rows, int columns, bool transpose, const Values& in) {
    const int n = transpose ? columns : rows, k = transpose ? rows : columns;
    const auto at = [&](int i, int j) { return transpose ? left[j * columns + i] : left[i * columns + j]; };
    Values half(n * k), out(n * n);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < k; ++j)
        for (int l = 0; l < k; ++l) half[i * k + j] += at(i, l) * in[l * k + j];
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j)
        for (int l = 0; l < k; ++l) out[i * n + j] += half[i * k + l] * at(j, l);
    return out;
  }

  template <typename Each>
  static void ForPatch(int side, int64_t top, int64_t left, int64_t height, int64_t width, const Each& each) {
    for (int r = 0; r < side; ++r) {
      for (int j = 0; j < side; ++j) {
        const int64_t h = top + r, w = left + j;
        if (h >= 0 && h < height && w >= 0 && w < width) each(r * side + j, h * width + w);
      }
    }
  }

  void AddTile(int64_t n, int64_t top, int64_t left, std::span<const float> x, std::span<const float> q,
               std::span<const float> dy) {
    const int m = matrices_.m, alpha = matrices_.alpha, positions = alpha * alpha;
    const int64_t in_plane = shape_.height * shape_.width, out_plane = shape_.OutHeight() * shape_.OutWidth();
    std::vector<Values> v, dm, dv(shape_.in_channels, Values(positions));
    for (int64_t c = 0; c < shape_.in_channels; ++c) {
      Values patch(positions);
      ForPatch(alpha, top - shape_.padding, left - shape_.padding, shape_.height, shape_.width,
               [&](int i, int64_t at) { patch[i] = x[(n * shape_.in_channels + c) * in_plane + at]; });
      v.push_back(Sandwich(matrices_.bt, alpha, alpha, false, patch));
    }
    for (int64_t o = 0; o < shape_.out_channels; ++o) {
      const int64_t image = (n * shape_.out_channels + o) * out_plane;
      Values patch(m * m), sum(positions);
      ForPatch(m, top, left, shape_.OutHeight(), shape_.OutWidth(),
               [&](int i, int64_t at) { patch[i] = dy[image + at]; });
      dm.push_back(Sandwich(matrices_.at, m, alpha, true, patch));
      for (int64_t c = 0; c < shape_.in_channels; ++c) {
        for (int p = 0; p < positions; ++p) {
          const int64_t at = (o * shape_.in_channels + c) * positions + p;
          sum[p] += q[at] * v[c][p];
          dq[at] += dm[o][p] * v[c][p];
          dv[c][p] += q[at] * dm[o][p];
        }
      }
      const Values out = Sandwich(matrices_.at, m, alpha, false, sum);
      ForPatch(m, top, left, shape_.OutHeight(), shape_.OutWidth(),
               [&](int i, int64_t at) { y[image + at] += out[i]; });
    }
    for (int64_t c = 0; c < shape_.in_channels; ++c) {
      const Values patch = Sandwich(matrices_.bt, alpha, alpha, true, dv[c]);
      ForPatch(alpha, top - shape_.padding, left - shape_.padding, shape_.height, shape_.width,
               [&](int i, int64_t at) { dx[(n * shape_.in_channels + c) * in_plane + at] += patch[i]; });
    }
  }

  const ConvShape shape_;
  const WinogradMatrices& matrices_;
};

}  // namespace winnow::kernels

#endif  // TESTS_UNIT_KERNELS_TRAIN_TRAINING_REFERENCE_H_
