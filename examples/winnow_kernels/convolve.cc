// Convolves a batch of images with a pruned filter, on two threads, and compares the result with plain loops.
//
// Ends with 0 if they agree, with 1 and a message otherwise.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <random>
#include <thread>
#include <vector>

#include "kernels/plan/check_run.h"
#include "kernels/plan/choices.h"
#include "kernels/plan/conv_plan.h"
#include "kernels/plan/scratch_buffer.h"
#include "kernels/transforms/filter_transform.h"

namespace {

using namespace winnow::kernels;  // NOLINT: an example

constexpr double kLargestError = 2e-5;  // of the largest output, what conv_plan.h promises for F(4x4,3x3)

std::vector<float> RandomFloats(int64_t size, uint32_t seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(static_cast<size_t>(size));
  for (float& value : values) value = normal(generator);
  return values;
}

// Weights [out][in][3][3] of which seven 3x3 kernels in ten are zero. Whole kernels, so that the zeros outlive the
// transform and the plain loops see the same filter. Coefficients pruned one by one in the Winograd domain, for which
// these kernels were made, have no spatial form to compare with.
std::vector<float> PrunedWeights(const ConvShape& shape) {
  std::vector<float> weights = RandomFloats(shape.FilterSize(), 1);
  for (size_t kernel = 0; kernel < weights.size() / 9; ++kernel) {
    if (kernel * 7 % 10 >= 3) std::fill_n(weights.begin() + static_cast<int64_t>(kernel * 9), 9, 0.0f);
  }
  return weights;
}

// The convolution by its definition: output pixel (y, x) sees the input from (y - padding, x - padding) on.
double Pixel(const ConvShape& s, const std::vector<float>& input, const std::vector<float>& weights, int64_t image,
             int64_t out, int64_t y, int64_t x) {
  double sum = 0;
  for (int64_t in = 0; in < s.in_channels; ++in) {
    const float* const plane = &input[static_cast<size_t>((image * s.in_channels + in) * s.height * s.width)];
    const float* const kernel = &weights[static_cast<size_t>((out * s.in_channels + in) * 9)];
    for (int64_t k = 0; k < 9; ++k) {
      const int64_t row = y - s.padding + k / 3, column = x - s.padding + k % 3;
      if (row < 0 || row >= s.height || column < 0 || column >= s.width) continue;
      sum += static_cast<double>(kernel[k]) * plane[row * s.width + column];
    }
  }
  return sum;
}

// The largest error of `output` in units of the largest output.
double RelativeError(const ConvShape& s, const std::vector<float>& input, const std::vector<float>& weights,
                     const std::vector<float>& output) {
  double error = 0, largest = 0;
  const float* computed = output.data();
  for (int64_t image = 0; image < s.batch; ++image) {
    for (int64_t out = 0; out < s.out_channels; ++out) {
      for (int64_t y = 0; y < s.OutHeight(); ++y) {
        for (int64_t x = 0; x < s.OutWidth(); ++x) {
          const double expected = Pixel(s, input, weights, image, out, y, x);
          error = std::max(error, std::fabs(*computed++ - expected));
          largest = std::max(largest, std::fabs(expected));
        }
      }
    }
  }
  return error / largest;
}

// How the kernels get threads: half of a loop for each of two. A pool or OpenMP would do it with less overhead.
void TwoThreads(int64_t count, RangeBody body) {
  std::thread other([&] { body(count / 2, count, 1); });
  body(0, count / 2, 0);
  other.join();
}

int Fail(const winnow::Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}

}  // namespace

int main() {
  const ConvShape shape{.batch = 2, .in_channels = 24, .out_channels = 32, .height = 28, .width = 28, .padding = 1};
  const std::vector<float> weights = PrunedWeights(shape);
  const std::vector<float> input = RandomFloats(shape.InputSize(), 2);

  // Once a layer: into the Winograd domain, then a plan.
  const WinogradVariant variant = ChooseVariant(shape, /*density=*/0.3, BestIsa());
  const int64_t filters = shape.out_channels * shape.in_channels;
  std::vector<float> q(static_cast<size_t>(filters * Positions(variant)));
  FilterTransform(variant, filters, weights, q);
  const winnow::Result<ConvPlan> plan = MakeConvPlan({.shape = shape, .variant = variant, .threads = 2}, q);
  if (!plan) return Fail(plan.error());
  std::printf("plan: %s\n", plan->ToString().c_str());

  // As often as there is input.
  ScratchBuffer scratch(plan->ScratchBytes());
  std::vector<float> output(static_cast<size_t>(plan->OutputElements()));
  if (winnow::Status fits = CheckRun(*plan, input, output, scratch.bytes()); !fits.ok()) return Fail(fits);
  Run(*plan, input, output, scratch.bytes(), TwoThreads);

  const double error = RelativeError(shape, input, weights, output);
  std::printf("error: %.1e of the largest output, at most %.1e\n", error, kLargestError);
  return error <= kLargestError ? 0 : Fail(winnow::Internal("the kernels and the plain loops disagree"));
}
