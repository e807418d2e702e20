#include "worker/nn/channel_loops.h"

// One copy of each loop for every instruction set, chosen when the program starts. Only the loops of this file are
// compiled so; nothing that other files share.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define WINNOW_EVERY_ISA __attribute__((target_clones("avx512f", "avx2,fma", "default")))
#else
#define WINNOW_EVERY_ISA
#endif

namespace winnow::worker {
namespace {

// Partial sums, so that the compiler may use vectors without reordering anything: lane i takes values i, i + 16, ...
constexpr int kLanes = 16;

double SumLanes(const float* lanes) {
  double sum = 0.0;
  for (int i = 0; i < kLanes; ++i) sum += static_cast<double>(lanes[i]);
  return sum;
}

}  // namespace

WINNOW_EVERY_ISA Moments SumMoments(const float* x, float shift, int64_t count) {
  float sum[kLanes] = {}, squares[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) {
      const float value = x[i + lane] - shift;
      sum[lane] += value;
      squares[lane] += value * value;
    }
  }
  for (int lane = 0; i < count; ++i, ++lane) {
    const float value = x[i] - shift;
    sum[lane] += value;
    squares[lane] += value * value;
  }
  return {.sum = SumLanes(sum), .squares = SumLanes(squares)};
}

WINNOW_EVERY_ISA void ScaleOffset(const float* x, float scale, float offset, bool relu, float* y, int64_t count) {
  if (relu) {
    for (int64_t i = 0; i < count; ++i) {
      const float value = x[i] * scale + offset;
      y[i] = value < 0.0f ? 0.0f : value;
    }
  } else {
    for (int64_t i = 0; i < count; ++i) y[i] = x[i] * scale + offset;
  }
}

WINNOW_EVERY_ISA GradientSums SumGradients(const float* x, const float* dy, const NormStep& step, int64_t count) {
  // Locals, because the compiler cannot know that `step` does not change under it.
  const float mean = step.mean, scale = step.scale, offset = step.offset;
  const float always = step.relu ? 0.0f : 1.0f;
  float sum[kLanes] = {}, normalised[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) {
      const float value = x[i + lane];
      const float dz = value * scale + offset > 0.0f ? dy[i + lane] : always * dy[i + lane];
      sum[lane] += dz;
      normalised[lane] += dz * (value - mean);
    }
  }
  for (int lane = 0; i < count; ++i, ++lane) {
    const float dz = x[i] * scale + offset > 0.0f ? dy[i] : always * dy[i];
    sum[lane] += dz;
    normalised[lane] += dz * (x[i] - mean);
  }
  return {.dz = SumLanes(sum), .dz_normalised = SumLanes(normalised) * static_cast<double>(step.inverse_deviation)};
}

WINNOW_EVERY_ISA void InputGradientOfNorm(const float* x, const float* dy, const NormStep& step, float mean_dz,
                                          float mean_dz_normalised, float* dx, int64_t count) {
  const float mean = step.mean, scale = step.scale, offset = step.offset;
  const float slope = step.inverse_deviation * mean_dz_normalised;
  const float always = step.relu ? 0.0f : 1.0f;
  for (int64_t i = 0; i < count; ++i) {
    const float dz = x[i] * scale + offset > 0.0f ? dy[i] : always * dy[i];
    dx[i] = scale * (dz - mean_dz - (x[i] - mean) * slope);
  }
}

WINNOW_EVERY_ISA double SumPlane(const float* x, int64_t count) {
  float sum[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) sum[lane] += x[i + lane];
  }
  for (int lane = 0; i < count; ++i, ++lane) sum[lane] += x[i];
  return SumLanes(sum);
}

}  // namespace winnow::worker
