#include "worker/pruning/second_order.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace winnow::worker {
namespace {

constexpr size_t kMost = 64;

// In place, the lower triangle: matrix = L L^T. False where a pivot is not above 0.
bool Factor(std::span<double> matrix, size_t n) {
  for (size_t j = 0; j < n; ++j) {
    double pivot = matrix[j * n + j];
    for (size_t k = 0; k < j; ++k) pivot -= matrix[j * n + k] * matrix[j * n + k];
    if (!(pivot > 0.0)) return false;
    pivot = std::sqrt(pivot);
    matrix[j * n + j] = pivot;
    for (size_t i = j + 1; i < n; ++i) {
      double value = matrix[i * n + j];
      for (size_t k = 0; k < j; ++k) value -= matrix[i * n + k] * matrix[j * n + k];
      matrix[i * n + j] = value / pivot;
    }
  }
  return true;
}

// Solves L L^T x = b in place.
void Solve(std::span<const double> factor, size_t n, std::span<double> x) {
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = 0; k < i; ++k) x[i] -= factor[i * n + k] * x[k];
    x[i] /= factor[i * n + i];
  }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; ++k) x[i] -= factor[k * n + i] * x[k];
    x[i] /= factor[i * n + i];
  }
}

struct Survivors {
  std::array<size_t, kMost> index;
  size_t count = 0;
};

Survivors SurvivorsOf(std::span<const uint8_t> kept) {
  Survivors survivors;
  for (size_t i = 0; i < kept.size(); ++i) {
    if (kept[i] != 0) survivors.index[survivors.count++] = i;
  }
  return survivors;
}

// M_SS, factored. False where it is not positive definite.
bool FactorSurvivors(std::span<const double> hessian, size_t n, const Survivors& s, std::span<double> factor) {
  for (size_t i = 0; i < s.count; ++i) {
    for (size_t j = 0; j < s.count; ++j) factor[i * s.count + j] = hessian[s.index[i] * n + s.index[j]];
  }
  return Factor(factor, s.count);
}

}  // namespace

std::vector<double> InverseOf(std::span<const double> matrix, size_t n) {
  std::vector<double> factor(matrix.begin(), matrix.end());
  if (!Factor(factor, n)) return {};
  std::vector<double> inverse(n * n, 0.0);
  std::array<double, kMost> column;
  for (size_t j = 0; j < n; ++j) {
    std::fill_n(column.begin(), n, 0.0);
    column[j] = 1.0;
    Solve(factor, n, std::span(column.data(), n));
    for (size_t i = 0; i < n; ++i) inverse[i * n + j] = column[i];
  }
  return inverse;
}

void RemovalCosts(std::span<const double> inverse_hessian, std::span<const float> q, std::span<double> costs) {
  const size_t n = q.size();
  std::array<double, kMost * kMost> inverse;
  std::copy(inverse_hessian.begin(), inverse_hessian.end(), inverse.begin());
  std::array<double, kMost> value;
  std::copy(q.begin(), q.end(), value.begin());
  std::array<size_t, kMost> left;
  for (size_t i = 0; i < n; ++i) left[i] = i;
  double highest = 0.0;
  for (size_t count = n; count > 0; --count) {
    size_t best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < count; ++i) {
      const size_t k = left[i];
      const double cost = value[k] * value[k] / inverse[k * n + k];
      if (cost < least) {
        least = cost;
        best = i;
      }
    }
    const size_t gone = left[best];
    highest = std::max(highest, least);
    costs[gone] = highest;
    std::copy(left.begin() + static_cast<ptrdiff_t>(best) + 1, left.begin() + static_cast<ptrdiff_t>(count),
              left.begin() + static_cast<ptrdiff_t>(best));
    const double pivot = inverse[gone * n + gone];
    for (size_t i = 0; i + 1 < count; ++i) {
      const size_t row = left[i];
      const double share = inverse[row * n + gone] / pivot;
      value[row] -= share * value[gone];
      for (size_t j = 0; j + 1 < count; ++j) inverse[row * n + left[j]] -= share * inverse[gone * n + left[j]];
    }
  }
}

void Compensate(std::span<const double> hessian, std::span<const float> q, std::span<const uint8_t> kept,
                std::span<float> out) {
  const size_t n = q.size();
  const Survivors s = SurvivorsOf(kept);
  std::array<double, kMost * kMost> factor;
  std::array<double, kMost> moved;
  for (size_t i = 0; i < s.count; ++i) {
    moved[i] = 0.0;
    for (size_t p = 0; p < n; ++p) {
      if (kept[p] == 0) moved[i] += hessian[s.index[i] * n + p] * static_cast<double>(q[p]);
    }
  }
  if (s.count > 0 && FactorSurvivors(hessian, n, s, factor)) {
    Solve(factor, s.count, std::span(moved.data(), s.count));
  } else {
    std::fill_n(moved.begin(), s.count, 0.0);
  }
  size_t next = 0;
  for (size_t i = 0; i < n; ++i) {
    out[i] = kept[i] == 0 ? 0.0f : static_cast<float>(static_cast<double>(q[i]) + moved[next++]);
  }
}

std::vector<double> SurvivorInverse(std::span<const double> hessian, std::span<const uint8_t> kept) {
  const size_t n = kept.size();
  const Survivors s = SurvivorsOf(kept);
  std::vector<double> all(n * n, 0.0), own(s.count * s.count);
  for (size_t i = 0; i < s.count; ++i) {
    for (size_t j = 0; j < s.count; ++j) own[i * s.count + j] = hessian[s.index[i] * n + s.index[j]];
  }
  const std::vector<double> inverse = InverseOf(own, s.count);
  if (inverse.empty()) return all;
  for (size_t i = 0; i < s.count; ++i) {
    for (size_t j = 0; j < s.count; ++j) all[s.index[i] * n + s.index[j]] = inverse[i * s.count + j];
  }
  return all;
}

}  // namespace winnow::worker
