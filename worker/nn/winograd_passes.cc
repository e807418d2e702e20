#include "worker/nn/winograd_passes.h"

#include <algorithm>

#include "kernels/parallel_for.h"
#include "kernels/transforms/batched_transforms.h"
#include "worker/nn/channel_loops.h"
#include "worker/nn/step_profile.h"
#include "worker/nn/tap_products.h"
#include "worker/pruning/tile_size.h"

namespace winnow::worker {
namespace {

using torch::Tensor;

// Floats of V and M together that a thread works on at a time: what its second-level cache holds.
constexpr int64_t kBlockFloats = int64_t{1} << 18;

// One layer's sizes, and how its batch is cut: into blocks of whole images, and the blocks into one contiguous range a
// thread. The gradient of Q is summed range by range, so it depends on the number of threads and on nothing else.
class Blocks {
 public:
  Blocks(const Tensor& input, int64_t out_channels, int64_t padding, int tile_size)
      : out_channels_(out_channels), threads_(at::get_num_threads()) {
    whole_.variant = VariantOf(tile_size);
    whole_.batch = input.size(0);
    whole_.channels = input.size(1);
    whole_.height = input.size(2);
    whole_.width = input.size(3);
    whole_.padding = padding;
    kernels::TransformGeometry one = whole_;
    one.batch = 1;
    const int64_t floats = Positions() * one.Tiles() * (whole_.channels + out_channels);
    const int64_t fitting = std::max<int64_t>(1, kBlockFloats / floats);
    // Equal blocks, and a multiple of the threads of them where there are images enough.
    int64_t count = (whole_.batch + fitting - 1) / fitting;
    count = std::min(whole_.batch, (count + threads_ - 1) / threads_ * threads_);
    images_ = (whole_.batch + count - 1) / count;
    count_ = (whole_.batch + images_ - 1) / images_;
    ranges_ = std::min(threads_, count_);
  }

  int64_t Positions() const { return kernels::Positions(whole_.variant); }
  int64_t ranges() const { return ranges_; }
  int64_t out_height() const { return whole_.OutHeight(); }
  int64_t out_width() const { return whole_.OutWidth(); }
  int64_t in_image() const { return whole_.channels * whole_.height * whole_.width; }
  int64_t out_image() const { return out_channels_ * out_height() * out_width(); }

  // The two transforms' geometries for one block of images. Both have their planes in buffers of block_floats().
  kernels::TransformGeometry In(int64_t images) const { return Geometry(images, whole_.channels); }
  kernels::TransformGeometry Out(int64_t images) const { return Geometry(images, out_channels_); }
  int64_t in_floats() const { return Positions() * In(images_).plane_stride; }
  int64_t out_floats() const { return Positions() * Out(images_).plane_stride; }

  // Calls body(range, first image, images) for all blocks; ranges run at once, the blocks of a range in order.
  template <typename Body>
  void ForEach(const Body& body) const {
    at::parallel_for(0, ranges_, 1, [&](int64_t begin, int64_t end) {
      // What torch::autograd::Function has switched off on the calling thread only.
      at::AutoDispatchBelowADInplaceOrView below_autograd;
      for (int64_t range = begin; range < end; ++range) {
        for (int64_t block = range * count_ / ranges_; block < (range + 1) * count_ / ranges_; ++block) {
          const int64_t first = block * images_;
          body(range, first, std::min(images_, whole_.batch - first));
        }
      }
    });
  }

 private:
  kernels::TransformGeometry Geometry(int64_t images, int64_t channels) const {
    kernels::TransformGeometry geometry = whole_;
    geometry.batch = images;
    geometry.channels = channels;
    geometry.plane_stride = geometry.SuggestedPlaneStride();
    return geometry;
  }

  kernels::TransformGeometry whole_;  // batch is the layer's; channels are its input's
  int64_t out_channels_;
  int64_t threads_;
  int64_t images_ = 0;  // of a block, but for the last
  int64_t count_ = 0;   // blocks
  int64_t ranges_ = 0;
};

TapSizes SizesOf(const kernels::TransformGeometry& in, const kernels::TransformGeometry& out) {
  return {.positions = kernels::Positions(in.variant),
          .out_channels = out.channels,
          .in_channels = in.channels,
          .tiles = in.Tiles(),
          .v_stride = in.plane_stride,
          .m_stride = out.plane_stride};
}

// [O, C, a, a] to [positions, O, C].
Tensor ByPosition(const Tensor& winograd_weight) {
  return winograd_weight.detach().flatten(2).permute({2, 0, 1}).contiguous();
}

// The gradient of the bias.
Tensor SumOfChannels(const Tensor& d_output) {
  const int64_t channels = d_output.size(1), plane = d_output.size(2) * d_output.size(3);
  Tensor sums = torch::empty({channels}, torch::kFloat32);
  const float* dy = d_output.data_ptr<float>();
  auto* to = sums.data_ptr<float>();
  at::parallel_for(0, channels, 1, [&](int64_t begin, int64_t end) {
    for (int64_t channel = begin; channel < end; ++channel) {
      double sum = 0.0;
      for (int64_t image = 0; image < d_output.size(0); ++image) {
        sum += SumPlane(dy + (image * channels + channel) * plane, plane);
      }
      to[channel] = static_cast<float>(sum);
    }
  });
  return sums;
}

}  // namespace

Tensor WinogradForward(const Tensor& input, const Tensor& weight, const Tensor& bias, int64_t padding, int tile_size) {
  const Blocks blocks(input, weight.size(0), padding, tile_size);
  const Tensor by_position = ByPosition(weight);
  const auto options = by_position.options();
  Tensor output = torch::empty({input.size(0), weight.size(0), blocks.out_height(), blocks.out_width()}, options);
  Tensor scratch = torch::empty({blocks.ranges(), blocks.in_floats() + blocks.out_floats()}, options);
  const float* x = input.data_ptr<float>();
  const float* q = by_position.data_ptr<float>();
  const float* b = bias.defined() ? bias.data_ptr<float>() : nullptr;
  auto* y = output.data_ptr<float>();
  auto* buffers = scratch.data_ptr<float>();
  blocks.ForEach([&](int64_t range, int64_t first, int64_t images) {
    const kernels::TransformGeometry in = blocks.In(images), out = blocks.Out(images);
    float* v = buffers + range * scratch.size(1);
    float* m = v + blocks.in_floats();
    PhaseTimer timer(StepPhase::kTransforms);
    kernels::InputTransform(in, x + first * blocks.in_image(), v, kernels::SerialFor);
    timer.Next(StepPhase::kForwardProducts);
    MultiplyTaps(SizesOf(in, out), q, v, m);
    timer.Next(StepPhase::kTransforms);
    kernels::OutputTransform(out, m, b, y + first * blocks.out_image(), kernels::SerialFor);
  });
  return output;
}

WinogradGradients WinogradBackward(const Tensor& input, const Tensor& weight, const Tensor& d_output, int64_t padding,
                                   int tile_size, WantedGradients wanted) {
  const Blocks blocks(input, weight.size(0), padding, tile_size);
  const Tensor by_position = ByPosition(weight);
  const auto options = by_position.options();
  WinogradGradients gradients;
  if (wanted.input) gradients.input = torch::empty(input.sizes(), options);
  Tensor d_weight = torch::zeros({blocks.ranges(), blocks.Positions(), weight.size(0), weight.size(1)}, options);
  Tensor scratch = torch::empty({blocks.ranges(), blocks.in_floats() + blocks.out_floats()}, options);
  const float* x = input.data_ptr<float>();
  const float* q = by_position.data_ptr<float>();
  const float* dy = d_output.data_ptr<float>();
  float* dx = wanted.input ? gradients.input.data_ptr<float>() : nullptr;
  auto* dq = d_weight.data_ptr<float>();
  auto* buffers = scratch.data_ptr<float>();
  blocks.ForEach([&](int64_t range, int64_t first, int64_t images) {
    const kernels::TransformGeometry in = blocks.In(images), out = blocks.Out(images);
    const TapSizes sizes = SizesOf(in, out);
    float* v = buffers + range * scratch.size(1);
    float* dm = v + blocks.in_floats();
    PhaseTimer timer(StepPhase::kTransforms);
    kernels::OutputTransformAdjoint(out, dy + first * blocks.out_image(), dm, kernels::SerialFor);
    // V again: cheaper than having kept it, which is 2.25 times the input for F(4,3) and long out of the caches.
    kernels::InputTransform(in, x + first * blocks.in_image(), v, kernels::SerialFor);
    timer.Next(StepPhase::kBackwardWeightsProducts);
    AddFilterGradient(sizes, dm, v, dq + range * by_position.numel());
    if (dx == nullptr) return;
    timer.Next(StepPhase::kBackwardDataProducts);
    InputGradient(sizes, q, dm, v);
    timer.Next(StepPhase::kTransforms);
    kernels::InputTransformAdjoint(in, v, dx + first * blocks.in_image(), kernels::SerialFor);
  });
  if (wanted.bias) gradients.bias = SumOfChannels(d_output);
  gradients.weight = d_weight.sum(0).permute({1, 2, 0}).reshape(weight.sizes());
  return gradients;
}

}  // namespace winnow::worker
