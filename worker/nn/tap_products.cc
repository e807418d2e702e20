#include "worker/nn/tap_products.h"

#include <torch/torch.h>

#ifdef WINNOW_WITH_BLAS
// The Fortran interface that every BLAS has; no header of it is everywhere.
extern "C" void sgemm_(const char* trans_a, const char* trans_b, const int* m, const int* n, const int* k,
                       const float* alpha, const float* a, const int* lda, const float* b, const int* ldb,
                       const float* beta, float* c, const int* ldc);
#endif

namespace winnow::worker {

#ifdef WINNOW_WITH_BLAS

namespace {

// BLAS counts by columns, so a row-major matrix [rows, columns] is one of (columns x rows) to it, and every product
// below is its transpose: (A B)^T = B^T A^T.
struct Operand {
  const float* at;
  char transposed;  // 'N' or 'T', of what BLAS sees
  int64_t columns;  // of the row-major matrix: its leading dimension
};

void Gemm(const Operand& a, const Operand& b, int64_t rows, int64_t columns, int64_t inner, float beta, float* c) {
  const int m = static_cast<int>(columns), n = static_cast<int>(rows), k = static_cast<int>(inner);
  const int lda = static_cast<int>(b.columns), ldb = static_cast<int>(a.columns);
  const float one = 1.0f;
  sgemm_(&b.transposed, &a.transposed, &m, &n, &k, &one, b.at, &lda, a.at, &ldb, &beta, c, &m);
}

}  // namespace

void MultiplyTaps(const TapSizes& sizes, const float* q, const float* v, float* m) {
  const int64_t out = sizes.out_channels, in = sizes.in_channels, tiles = sizes.tiles;
  for (int64_t p = 0; p < sizes.positions; ++p) {
    Gemm({q + p * out * in, 'N', in}, {v + p * sizes.v_stride, 'N', tiles}, out, tiles, in, 0.0f,
         m + p * sizes.m_stride);
  }
}

void AddFilterGradient(const TapSizes& sizes, const float* dm, const float* v, float* dq) {
  const int64_t out = sizes.out_channels, in = sizes.in_channels, tiles = sizes.tiles;
  for (int64_t p = 0; p < sizes.positions; ++p) {
    Gemm({dm + p * sizes.m_stride, 'N', tiles}, {v + p * sizes.v_stride, 'T', tiles}, out, in, tiles, 1.0f,
         dq + p * out * in);
  }
}

void InputGradient(const TapSizes& sizes, const float* q, const float* dm, float* dv) {
  const int64_t out = sizes.out_channels, in = sizes.in_channels, tiles = sizes.tiles;
  for (int64_t p = 0; p < sizes.positions; ++p) {
    Gemm({q + p * out * in, 'T', in}, {dm + p * sizes.m_stride, 'N', tiles}, in, tiles, out, 0.0f,
         dv + p * sizes.v_stride);
  }
}

#else  // An official LibTorch has its BLAS inside and batches well.

namespace {

torch::Tensor Planes(const float* at, int64_t positions, int64_t rows, int64_t columns, int64_t stride) {
  return torch::from_blob(const_cast<float*>(at), {positions, rows, columns}, {stride, columns, 1}, torch::kFloat32);
}

}  // namespace

void MultiplyTaps(const TapSizes& sizes, const float* q, const float* v, float* m) {
  const int64_t out = sizes.out_channels, in = sizes.in_channels, tiles = sizes.tiles;
  torch::Tensor result = Planes(m, sizes.positions, out, tiles, sizes.m_stride);
  at::bmm_out(result, Planes(q, sizes.positions, out, in, out * in),
              Planes(v, sizes.positions, in, tiles, sizes.v_stride));
}

void AddFilterGradient(const TapSizes& sizes, const float* dm, const float* v, float* dq) {
  const int64_t out = sizes.out_channels, in = sizes.in_channels, tiles = sizes.tiles;
  Planes(dq, sizes.positions, out, in, out * in)
      .baddbmm_(Planes(dm, sizes.positions, out, tiles, sizes.m_stride),
                Planes(v, sizes.positions, in, tiles, sizes.v_stride).transpose(1, 2));
}

void InputGradient(const TapSizes& sizes, const float* q, const float* dm, float* dv) {
  const int64_t out = sizes.out_channels, in = sizes.in_channels, tiles = sizes.tiles;
  torch::Tensor result = Planes(dv, sizes.positions, in, tiles, sizes.v_stride);
  at::bmm_out(result, Planes(q, sizes.positions, out, in, out * in).transpose(1, 2),
              Planes(dm, sizes.positions, out, tiles, sizes.m_stride));
}

#endif

}  // namespace winnow::worker
