#include "worker/nn/winograd_conv2d.h"

#include <algorithm>
#include <vector>

#include "kernels/parallel_for.h"
#include "kernels/transforms/batched_transforms.h"
#include "kernels/transforms/filter_transform.h"
#include "worker/nn/reference_winograd_conv.h"
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

// The planes of one block as [positions, channels, tiles].
Tensor Planes(const Tensor& buffer, int64_t offset, const kernels::TransformGeometry& geometry) {
  return buffer.as_strided({kernels::Positions(geometry.variant), geometry.channels, geometry.Tiles()},
                           {geometry.plane_stride, geometry.Tiles(), 1}, offset);
}

// [O, C, a, a] to [positions, O, C].
Tensor ByPosition(const Tensor& winograd_weight) {
  return winograd_weight.detach().flatten(2).permute({2, 0, 1}).contiguous();
}

Tensor Forward(const Tensor& input, const Tensor& weight, const Tensor& bias, int64_t padding, int tile_size) {
  const Blocks blocks(input, weight.size(0), padding, tile_size);
  const Tensor q = ByPosition(weight);
  Tensor output = torch::empty({input.size(0), weight.size(0), blocks.out_height(), blocks.out_width()},
                               input.options().requires_grad(false));
  Tensor v_buffer = torch::empty({blocks.ranges() * blocks.in_floats()}, output.options());
  Tensor m_buffer = torch::empty({blocks.ranges() * blocks.out_floats()}, output.options());
  const float* x = input.data_ptr<float>();
  const float* b = bias.defined() ? bias.data_ptr<float>() : nullptr;
  auto* y = output.data_ptr<float>();
  blocks.ForEach([&](int64_t range, int64_t first, int64_t images) {
    const kernels::TransformGeometry in = blocks.In(images), out = blocks.Out(images);
    Tensor v = Planes(v_buffer, range * blocks.in_floats(), in);
    Tensor m = Planes(m_buffer, range * blocks.out_floats(), out);
    kernels::InputTransform(in, x + first * blocks.in_image(), v.data_ptr<float>(), kernels::SerialFor);
    at::bmm_out(m, q, v);
    kernels::OutputTransform(out, m.data_ptr<float>(), b, y + first * blocks.out_image(), kernels::SerialFor);
  });
  return output;
}

struct Gradients {
  Tensor input;  // undefined where not asked for
  Tensor weight;
};

Gradients Backward(const Tensor& input, const Tensor& weight, const Tensor& d_output, int64_t padding, int tile_size,
                   bool wants_input) {
  const Blocks blocks(input, weight.size(0), padding, tile_size);
  // [positions, C, O]
  const Tensor q_transposed = ByPosition(weight).transpose(1, 2);
  const auto options = input.options().requires_grad(false);
  Gradients gradients;
  if (wants_input) gradients.input = torch::empty(input.sizes(), options);
  Tensor d_q = torch::zeros({blocks.ranges(), blocks.Positions(), weight.size(0), weight.size(1)}, options);
  Tensor v_buffer = torch::empty({blocks.ranges() * blocks.in_floats()}, options);
  Tensor m_buffer = torch::empty({blocks.ranges() * blocks.out_floats()}, options);
  const float* x = input.data_ptr<float>();
  const float* dy = d_output.data_ptr<float>();
  float* dx = wants_input ? gradients.input.data_ptr<float>() : nullptr;
  blocks.ForEach([&](int64_t range, int64_t first, int64_t images) {
    const kernels::TransformGeometry in = blocks.In(images), out = blocks.Out(images);
    Tensor v = Planes(v_buffer, range * blocks.in_floats(), in);
    Tensor d_m = Planes(m_buffer, range * blocks.out_floats(), out);
    kernels::OutputTransformAdjoint(out, dy + first * blocks.out_image(), d_m.data_ptr<float>(), kernels::SerialFor);
    // V again: cheaper than having kept it, which is 2.25 times the input for F(4,3) and long out of the caches.
    kernels::InputTransform(in, x + first * blocks.in_image(), v.data_ptr<float>(), kernels::SerialFor);
    d_q[range].baddbmm_(d_m, v.transpose(1, 2));
    if (dx == nullptr) return;
    at::bmm_out(v, q_transposed, d_m);
    kernels::InputTransformAdjoint(in, v.data_ptr<float>(), dx + first * blocks.in_image(), kernels::SerialFor);
  });
  gradients.weight = d_q.sum(0).permute({1, 2, 0}).reshape(weight.sizes());
  return gradients;
}

class WinogradFunction : public torch::autograd::Function<WinogradFunction> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input, const Tensor& weight,
                        const Tensor& bias, int64_t padding, int64_t tile_size) {
    const Tensor dense = input.contiguous();
    context->save_for_backward({dense, weight});
    context->saved_data["padding"] = padding;
    context->saved_data["tile_size"] = tile_size;
    context->saved_data["wants_input"] = input.requires_grad();
    context->saved_data["wants_bias"] = bias.defined();
    return Forward(dense, weight, bias, padding, static_cast<int>(tile_size));
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list d_outputs) {
    const auto saved = context->get_saved_variables();
    const Tensor d_output = d_outputs[0].contiguous();
    const Gradients gradients = Backward(saved[0], saved[1], d_output, context->saved_data["padding"].toInt(),
                                         static_cast<int>(context->saved_data["tile_size"].toInt()),
                                         context->saved_data["wants_input"].toBool());
    const Tensor d_bias = context->saved_data["wants_bias"].toBool() ? d_output.sum({0, 2, 3}) : Tensor();
    return {gradients.input, gradients.weight, d_bias, Tensor(), Tensor()};
  }
};

}  // namespace

WinogradConv2d::WinogradConv2d(const ConvGeometry& geometry, int tile_size)
    : ConvLayer(geometry), tile_size_(tile_size) {
  const int64_t alpha = tile_size + 2;
  winograd_weight_ =
      register_parameter("winograd_weight", torch::zeros({geometry.out_channels, geometry.in_channels, alpha, alpha}));
  if (geometry.has_bias) bias_ = register_parameter("bias", torch::zeros({geometry.out_channels}));
}

Tensor WinogradConv2d::forward(const Tensor& input) {
  return WinogradConvolution(input, winograd_weight_, bias_, geometry_.padding, tile_size_);
}

Tensor WinogradConvolution(const Tensor& input, const Tensor& winograd_weight, const Tensor& bias, int64_t padding,
                           int tile_size) {
  const bool fast = input.is_cpu() && input.scalar_type() == torch::kFloat32 && input.numel() > 0;
  if (!fast) return ReferenceWinogradConvolution(input, winograd_weight, bias, padding, tile_size);
  return WinogradFunction::apply(input, winograd_weight, bias, padding, static_cast<int64_t>(tile_size));
}

Tensor ToWinogradDomain(const Tensor& weight, int tile_size) {
  const Tensor dense = weight.detach().to(torch::kCPU, torch::kFloat32).contiguous();
  const int64_t alpha = tile_size + 2;
  Tensor q = torch::empty({weight.size(0), weight.size(1), alpha, alpha}, torch::kFloat32);
  const auto filters = weight.size(0) * weight.size(1);
  kernels::FilterTransform(VariantOf(tile_size), filters,
                           std::span(dense.data_ptr<float>(), static_cast<size_t>(dense.numel())),
                           std::span(q.data_ptr<float>(), static_cast<size_t>(q.numel())));
  return q.to(weight.options().requires_grad(false));
}

}  // namespace winnow::worker
