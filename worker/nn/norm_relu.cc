#include "worker/nn/norm_relu.h"

#include <algorithm>
#include <cmath>

#include "worker/nn/channel_loops.h"
#include "worker/nn/image_layout.h"
#include "worker/nn/step_profile.h"

namespace winnow::worker {
namespace {

using torch::Tensor;

// [batch, channels, plane] of a dense NCHW tensor; of a blocked one too, whose planes are those of 16 images.
struct Planes {
  explicit Planes(const Tensor& tensor)
      : batch(tensor.size(0)), channels(tensor.size(1)), plane(tensor.numel() / (batch * channels)) {}

  int64_t batch, channels, plane;
  int64_t At(int64_t image, int64_t channel) const { return (image * channels + channel) * plane; }
  double count() const { return static_cast<double>(batch * plane); }
};

bool IsFast(const Tensor& tensor) {
  return tensor.is_cpu() && tensor.scalar_type() == torch::kFloat32 && (tensor.dim() == 4 || IsBlocked(tensor)) &&
         tensor.numel() > 0;
}

// Mean and biased variance of one channel. Sums are of differences from the channel's first value, which keeps the
// variance of values far from zero.
struct MeanVariance {
  double mean, variance;
};
MeanVariance Measure(const float* x, const Planes& planes, int64_t channel) {
  const float shift = x[planes.At(0, channel)];
  Moments total;
  for (int64_t image = 0; image < planes.batch; ++image) {
    const Moments moments = SumMoments(x + planes.At(image, channel), shift, planes.plane);
    total.sum += moments.sum;
    total.squares += moments.squares;
  }
  const double from_shift = total.sum / planes.count();
  const double variance = total.squares / planes.count() - from_shift * from_shift;
  // Rounding may leave it a little below 0. NaN must stay NaN, so not std::max.
  return {.mean = static_cast<double>(shift) + from_shift, .variance = variance < 0.0 ? 0.0 : variance};
}

NormStep StepOf(double mean, double variance, float gamma, float beta, double epsilon, bool relu) {
  const double inverse = 1.0 / std::sqrt(variance + epsilon);
  const double scale = static_cast<double>(gamma) * inverse;
  return {.mean = static_cast<float>(mean),
          .inverse_deviation = static_cast<float>(inverse),
          .scale = static_cast<float>(scale),
          .offset = static_cast<float>(static_cast<double>(beta) - mean * scale),
          .relu = relu};
}

void Apply(const float* x, const Planes& planes, int64_t channel, const NormStep& step, float* y) {
  for (int64_t image = 0; image < planes.batch; ++image) {
    const int64_t at = planes.At(image, channel);
    ScaleOffset(x + at, step.scale, step.offset, step.relu, y + at, planes.plane);
  }
}

// Training mode. What backward needs of each channel is kept as a row of kStepFloats.
class NormReluFunction : public torch::autograd::Function<NormReluFunction> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input, const Tensor& gamma,
                        const Tensor& beta, Tensor running_mean, Tensor running_variance, double momentum,
                        double epsilon, bool relu) {
    const Tensor dense = input.contiguous();
    const Planes planes(dense);
    Tensor output = torch::empty(dense.sizes(), torch::kFloat32);
    Tensor steps = torch::empty({planes.channels, kStepFloats}, torch::kFloat32);
    const float* x = dense.data_ptr<float>();
    const float* g = gamma.data_ptr<float>();
    const float* b = beta.data_ptr<float>();
    auto* means = running_mean.data_ptr<float>();
    auto* variances = running_variance.data_ptr<float>();
    auto* y = output.data_ptr<float>();
    auto* rows = steps.data_ptr<float>();
    const double unbiased = planes.count() / std::max(planes.count() - 1.0, 1.0);
    at::parallel_for(0, planes.channels, 1, [&](int64_t begin, int64_t end) {
      const PhaseTimer timer(StepPhase::kBatchNorm);
      for (int64_t channel = begin; channel < end; ++channel) {
        const auto [mean, variance] = Measure(x, planes, channel);
        const NormStep step = StepOf(mean, variance, g[channel], b[channel], epsilon, relu);
        Apply(x, planes, channel, step, y);
        means[channel] = static_cast<float>((1.0 - momentum) * means[channel] + momentum * mean);
        variances[channel] = static_cast<float>((1.0 - momentum) * variances[channel] + momentum * variance * unbiased);
        float* row = rows + channel * kStepFloats;
        row[0] = step.mean;
        row[1] = step.inverse_deviation;
        row[2] = step.scale;
        row[3] = step.offset;
      }
    });
    context->save_for_backward({dense, steps});
    context->saved_data["relu"] = relu;
    return output;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list d_outputs) {
    const auto saved = context->get_saved_variables();
    const bool relu = context->saved_data["relu"].toBool();
    const Planes planes(saved[0]);
    const Tensor d_output = d_outputs[0].contiguous();
    Tensor d_input = torch::empty(saved[0].sizes(), torch::kFloat32);
    Tensor d_gamma = torch::empty({planes.channels}, torch::kFloat32);
    Tensor d_beta = torch::empty({planes.channels}, torch::kFloat32);
    const float* x = saved[0].data_ptr<float>();
    const float* rows = saved[1].data_ptr<float>();
    const float* dy = d_output.data_ptr<float>();
    auto* dx = d_input.data_ptr<float>();
    auto* dg = d_gamma.data_ptr<float>();
    auto* db = d_beta.data_ptr<float>();
    at::parallel_for(0, planes.channels, 1, [&](int64_t begin, int64_t end) {
      const PhaseTimer timer(StepPhase::kBatchNorm);
      for (int64_t channel = begin; channel < end; ++channel) {
        const float* row = rows + channel * kStepFloats;
        const NormStep step{
            .mean = row[0], .inverse_deviation = row[1], .scale = row[2], .offset = row[3], .relu = relu};
        const GradientSums sums = OneChannel(x, dy, planes, channel, step, dx);
        dg[channel] = static_cast<float>(sums.dz_normalised);
        db[channel] = static_cast<float>(sums.dz);
      }
    });
    return {d_input, d_gamma, d_beta, Tensor(), Tensor(), Tensor(), Tensor(), Tensor()};
  }

 private:
  static constexpr int64_t kStepFloats = 4;

  static GradientSums OneChannel(const float* x, const float* dy, const Planes& planes, int64_t channel,
                                 const NormStep& step, float* dx) {
    GradientSums total;
    for (int64_t image = 0; image < planes.batch; ++image) {
      const int64_t at = planes.At(image, channel);
      const GradientSums sums = SumGradients(x + at, dy + at, step, planes.plane);
      total.dz += sums.dz;
      total.dz_normalised += sums.dz_normalised;
    }
    const auto mean_dz = static_cast<float>(total.dz / planes.count());
    const auto mean_dz_normalised = static_cast<float>(total.dz_normalised / planes.count());
    for (int64_t image = 0; image < planes.batch; ++image) {
      const int64_t at = planes.At(image, channel);
      InputGradientOfNorm(x + at, dy + at, step, mean_dz, mean_dz_normalised, dx + at, planes.plane);
    }
    return total;
  }
};

Tensor WithRunningStatistics(const Tensor& input, torch::nn::BatchNorm2d& norm, bool relu) {
  const Tensor dense = input.contiguous();
  const Planes planes(dense);
  Tensor output = torch::empty(dense.sizes(), torch::kFloat32);
  const float* x = dense.data_ptr<float>();
  const float* gamma = norm->weight.data_ptr<float>();
  const float* beta = norm->bias.data_ptr<float>();
  const float* means = norm->running_mean.data_ptr<float>();
  const float* variances = norm->running_var.data_ptr<float>();
  auto* y = output.data_ptr<float>();
  at::parallel_for(0, planes.channels, 1, [&](int64_t begin, int64_t end) {
    for (int64_t channel = begin; channel < end; ++channel) {
      Apply(x, planes, channel,
            StepOf(means[channel], variances[channel], gamma[channel], beta[channel], norm->options.eps(), relu), y);
    }
  });
  return output;
}

}  // namespace

Tensor NormRelu(const Tensor& input, torch::nn::BatchNorm2d& norm, bool relu) {
  const bool training = norm->is_training();
  if (IsFast(input) && norm->weight.defined() && norm->options.momentum() && training) {
    return NormReluFunction::apply(input, norm->weight, norm->bias, norm->running_mean, norm->running_var,
                                   *norm->options.momentum(), norm->options.eps(), relu);
  }
  if (IsFast(input) && norm->weight.defined() && !training && !torch::GradMode::is_enabled()) {
    return WithRunningStatistics(input, norm, relu);
  }
  Tensor output = norm->forward(input);
  return relu ? output.relu_() : output;
}

}  // namespace winnow::worker
