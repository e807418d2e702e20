// The inner loops of batch norm over one plane of a channel.
#ifndef WORKER_NN_CHANNEL_LOOPS_H_
#define WORKER_NN_CHANNEL_LOOPS_H_

#include <cstdint>

namespace winnow::worker {

// Sum of (x - shift) and of its squares over `count` values.
struct Moments {
  double sum = 0.0;
  double squares = 0.0;
};
Moments SumMoments(const float* x, float shift, int64_t count);

// y = x * scale + offset, and below zero 0 where `relu`. NaN stays NaN.
void ScaleOffset(const float* x, float scale, float offset, bool relu, float* y, int64_t count);

// How a value got from x to y; what its gradient needs.
struct NormStep {
  float mean = 0.0f;
  float inverse_deviation = 0.0f;
  float scale = 0.0f;  // y = x * scale + offset
  float offset = 0.0f;
  bool relu = false;
};

// With dz = dy where y > 0 (everywhere without ReLU): the sums of dz and of dz * (x - mean) * inverse_deviation.
struct GradientSums {
  double dz = 0.0;
  double dz_normalised = 0.0;
};
GradientSums SumGradients(const float* x, const float* dy, const NormStep& step, int64_t count);

// dx = scale * (dz - mean_dz - (x - mean) * inverse_deviation * mean_dz_normalised)
void InputGradientOfNorm(const float* x, const float* dy, const NormStep& step, float mean_dz, float mean_dz_normalised,
                         float* dx, int64_t count);

// The sum of `count` values.
double SumPlane(const float* x, int64_t count);

}  // namespace winnow::worker

#endif  // WORKER_NN_CHANNEL_LOOPS_H_
