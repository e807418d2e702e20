#include "kernels/transforms/filter_transform.h"

#include <cassert>

namespace winnow::kernels {

void FilterTransform(WinogradVariant variant, int64_t filters, std::span<const float> w, std::span<float> q) {
  const WinogradMatrices& matrices = MatricesOf(variant);
  const int alpha = matrices.alpha;
  assert(static_cast<int64_t>(w.size()) == filters * 9);
  assert(static_cast<int64_t>(q.size()) == filters * alpha * alpha);
  for (int64_t f = 0; f < filters; ++f) {
    const float* const spatial = w.data() + f * 9;
    double gw[kMaxAlpha][3];
    for (int i = 0; i < alpha; ++i) {
      for (int v = 0; v < 3; ++v) {
        gw[i][v] = 0;
        for (int u = 0; u < 3; ++u) gw[i][v] += matrices.g[i * 3 + u] * spatial[u * 3 + v];
      }
    }
    for (int i = 0; i < alpha; ++i) {
      for (int j = 0; j < alpha; ++j) {
        double sum = 0;  // 0 + (-0) is +0: an exact zero never comes out negative
        for (int v = 0; v < 3; ++v) sum += gw[i][v] * matrices.g[j * 3 + v];
        q[(f * alpha + i) * alpha + j] = static_cast<float>(sum);
      }
    }
  }
}

void FilterTransformAdjoint(WinogradVariant variant, int64_t filters, std::span<const float> dq, std::span<float> dw) {
  const WinogradMatrices& matrices = MatricesOf(variant);
  const int alpha = matrices.alpha;
  assert(static_cast<int64_t>(dq.size()) == filters * alpha * alpha);
  assert(static_cast<int64_t>(dw.size()) == filters * 9);
  for (int64_t f = 0; f < filters; ++f) {
    const float* const transformed = dq.data() + f * alpha * alpha;
    double gq[3][kMaxAlpha];
    for (int u = 0; u < 3; ++u) {
      for (int j = 0; j < alpha; ++j) {
        gq[u][j] = 0;
        for (int i = 0; i < alpha; ++i) gq[u][j] += matrices.g[i * 3 + u] * transformed[i * alpha + j];
      }
    }
    for (int u = 0; u < 3; ++u) {
      for (int v = 0; v < 3; ++v) {
        double sum = 0;
        for (int j = 0; j < alpha; ++j) sum += gq[u][j] * matrices.g[j * 3 + v];
        dw[f * 9 + u * 3 + v] = static_cast<float>(sum);
      }
    }
  }
}

}  // namespace winnow::kernels
