#include "worker/nn/channel_loops.h"

#include <cstring>

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

// All lanes as one value: an array of them the compiler would keep in memory where the ISA's vectors are shorter, and
// each addition then waits for the store before it.
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));

inline __attribute__((always_inline)) void Load(const float* from, Lanes& lanes) {
  std::memcpy(&lanes, from, sizeof(lanes));
}

inline __attribute__((always_inline)) double SumLanes(const Lanes& lanes) {
  double sum = 0.0;
  for (int i = 0; i < kLanes; ++i) sum += static_cast<double>(lanes[i]);
  return sum;
}

}  // namespace

WINNOW_EVERY_ISA Moments SumMoments(const float* x, float shift, int64_t count) {
  Lanes sum = {}, squares = {}, value;
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    Load(x + i, value);
    value -= shift;
    sum += value;
    squares += value * value;
  }
  for (int lane = 0; i < count; ++i, ++lane) {
    const float rest = x[i] - shift;
    sum[lane] += rest;
    squares[lane] += rest * rest;
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
  Lanes sum = {}, normalised = {}, value, gradient;
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    Load(x + i, value);
    Load(dy + i, gradient);
    const Lanes dz = value * scale + offset > 0.0f ? gradient : always * gradient;
    sum += dz;
    normalised += dz * (value - mean);
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
  Lanes sum = {}, value;
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    Load(x + i, value);
    sum += value;
  }
  for (int lane = 0; i < count; ++i, ++lane) sum[lane] += x[i];
  return SumLanes(sum);
}

}  // namespace winnow::worker
