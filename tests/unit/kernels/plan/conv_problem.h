// One convolution with its data and its answer in double.
#ifndef TESTS_UNIT_KERNELS_PLAN_CONV_PROBLEM_H_
#define TESTS_UNIT_KERNELS_PLAN_CONV_PROBLEM_H_

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "kernels/reference/winograd_conv.h"
#include "kernels/transforms/filter_transform.h"
#include "tests/unit/kernels/random_floats.h"

namespace winnow::kernels {

// Largest |error| allowed, of the largest |output|: what kernels/plan/conv_plan.h promises.
constexpr double MaxRelativeError(WinogradVariant variant) { return variant == WinogradVariant::kF2K3 ? 2e-6 : 2e-5; }

struct ConvProblem {
  ConvShape shape;
  WinogradVariant variant;
  std::vector<float> input, w, q, bias;

  // Density 1 keeps the filter the transform of a spatial one; kOneCoefficient leaves a single coefficient.
  static constexpr double kOneCoefficient = -1;
  ConvProblem(const ConvShape& s, WinogradVariant v, double density, uint32_t seed) : shape(s), variant(v) {
    const int64_t filters = shape.out_channels * shape.in_channels;
    input = RandomFloats(shape.InputSize(), seed);
    w = RandomFloats(shape.FilterSize(), seed + 1);
    bias = RandomFloats(shape.out_channels, seed + 2);
    q.resize(filters * Positions(variant));
    FilterTransform(variant, filters, w, q);
    if (density == kOneCoefficient) {
      std::fill(q.begin(), q.end(), 0.0f);
      q[q.size() * 2 / 3] = 1.5f;
    } else if (density < 1) {
      PruneRandomly(density, seed + 3, q);
    }
  }

  std::vector<double> Reference(bool relu) const {
    std::vector<double> output = ReferenceWinogradConv(shape, variant, input, q, bias);
    if (relu) {
      for (double& x : output) x = std::max(x, 0.0);
    }
    return output;
  }
};

// max |actual - expected| / max(|expected|, 1). A NaN gives infinity.
inline double RelativeError(std::span<const float> actual, std::span<const double> expected) {
  double worst = 0, largest = 1;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (!std::isfinite(actual[i])) return INFINITY;
    worst = std::max(worst, std::abs(actual[i] - expected[i]));
    largest = std::max(largest, std::abs(expected[i]));
  }
  return worst / largest;
}

}  // namespace winnow::kernels

#endif  // TESTS_UNIT_KERNELS_PLAN_CONV_PROBLEM_H_
