#include "worker/pruning/kernel_hessian.h"

#include <span>

#include "worker/pruning/tile_size.h"

namespace winnow::worker {
namespace {

using Matrix = std::vector<double>;

// The Kronecker product of a square matrix of `n` rows with itself.
Matrix KroneckerSquare(const Matrix& one, size_t n) {
  const size_t rows = n * n;
  Matrix product(rows * rows);
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < rows; ++j) {
      product[i * rows + j] = one[(i / n) * n + j / n] * one[(i % n) * n + j % n];
    }
  }
  return product;
}

// sum over r of left[r][i] left[r][j] of a matrix [rows][columns].
Matrix ColumnGram(std::span<const double> matrix, size_t rows, size_t columns) {
  Matrix gram(columns * columns, 0.0);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t i = 0; i < columns; ++i) {
      for (size_t j = 0; j < columns; ++j) {
        gram[i * columns + j] += matrix[r * columns + i] * matrix[r * columns + j];
      }
    }
  }
  return gram;
}

// sum over c of matrix[i][c] matrix[j][c].
Matrix RowGram(std::span<const double> matrix, size_t rows, size_t columns) {
  Matrix gram(rows * rows, 0.0);
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < rows; ++j) {
      for (size_t c = 0; c < columns; ++c) gram[i * rows + j] += matrix[i * columns + c] * matrix[j * columns + c];
    }
  }
  return gram;
}

}  // namespace

Matrix OutputGram(int tile_size) {
  const kernels::WinogradMatrices& matrices = kernels::MatricesOf(VariantOf(tile_size));
  const auto m = static_cast<size_t>(matrices.m), a = static_cast<size_t>(matrices.alpha);
  return KroneckerSquare(ColumnGram(matrices.at, m, a), a);
}

Matrix WhiteSecondMoments(int tile_size) {
  const kernels::WinogradMatrices& matrices = kernels::MatricesOf(VariantOf(tile_size));
  const auto a = static_cast<size_t>(matrices.alpha);
  return KroneckerSquare(RowGram(matrices.bt, a, a), a);
}

Matrix WhiteHessian(int tile_size) {
  Matrix hessian = OutputGram(tile_size);
  const Matrix moments = WhiteSecondMoments(tile_size);
  for (size_t i = 0; i < hessian.size(); ++i) hessian[i] *= moments[i];
  return hessian;
}

Matrix OutputSums(int tile_size) {
  const kernels::WinogradMatrices& matrices = kernels::MatricesOf(VariantOf(tile_size));
  const auto m = static_cast<size_t>(matrices.m), a = static_cast<size_t>(matrices.alpha);
  Matrix column(a, 0.0);
  for (size_t r = 0; r < m; ++r) {
    for (size_t i = 0; i < a; ++i) column[i] += matrices.at[r * a + i];
  }
  Matrix sums(a * a);
  for (size_t k = 0; k < sums.size(); ++k) sums[k] = column[k / a] * column[k % a];
  return sums;
}

}  // namespace winnow::worker
