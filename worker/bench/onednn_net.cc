#include "worker/bench/whole_net.h"

#ifdef WINNOW_WITH_ONEDNN

#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

#include "worker/bench/library_versions.h"

namespace winnow::worker {
namespace {

using Tag = dnnl::memory::format_tag;
using Dims = dnnl::memory::dims;

dnnl::memory::desc Described(const Dims& dims, Tag tag) {
  return dnnl::memory::desc(dims, dnnl::memory::data_type::f32, tag);
}

Dims DimsOf(const dnnl::memory& memory) {
#if DNNL_VERSION_MAJOR >= 3
  return memory.get_desc().get_dims();
#else
  return memory.get_desc().dims();
#endif
}

// A network as a list of primitives, built front to back: each function appends the next step to what there is and
// returns where its result will lie. Throws dnnl::error.
class Chain {
 public:
  Chain() : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {}

  dnnl::memory Input(const torch::Tensor& images) {
    return Plain(images, {images.size(0), images.size(1), images.size(2), images.size(3)}, Tag::nchw);
  }

  // `residual` without a handle: none.
  dnnl::memory Convolution(ConvUnit& unit, const dnnl::memory& from, bool relu, const dnnl::memory& residual) {
    const spec::Layer& layer = unit.layer();
    const FoldedConv folded = unit.Folded();
    const int64_t batch = DimsOf(from)[0];
    const Dims weight_dims = {layer.out_channels, layer.in_channels, layer.kernel, layer.kernel};
    const Dims strides = {layer.stride, layer.stride}, padding = {layer.padding, layer.padding};
    dnnl::post_ops fused;
    if (residual) fused.append_sum();
    if (relu) AppendRelu(fused);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(fused);
    const auto src = Described(DimsOf(from), Tag::any), weights = Described(weight_dims, Tag::any);
    const auto bias = Described({layer.out_channels}, Tag::x);
    const auto dst = Described({batch, layer.out_channels, layer.output_height(), layer.output_width()}, Tag::any);
#if DNNL_VERSION_MAJOR >= 3
    const dnnl::convolution_forward::primitive_desc pd(engine_, dnnl::prop_kind::forward_inference,
                                                       dnnl::algorithm::convolution_auto, src, weights, bias, dst,
                                                       strides, padding, padding, attributes);
#else
    const dnnl::convolution_forward::primitive_desc pd(
        {dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_auto, src, weights, bias, dst, strides,
         padding, padding},
        attributes, engine_);
#endif
    // A sum is added to what lies in the destination already.
    const dnnl::memory to = residual ? CopiedTo(residual, pd.dst_desc()) : dnnl::memory(pd.dst_desc(), engine_);
    Add(dnnl::convolution_forward(pd),
        {{DNNL_ARG_SRC, InFormat(from, pd.src_desc())},
         {DNNL_ARG_WEIGHTS, Constant(folded.kernel, weight_dims, Tag::oihw, pd.weights_desc())},
         {DNNL_ARG_BIAS, Constant(folded.bias, {layer.out_channels}, Tag::x, pd.bias_desc())},
         {DNNL_ARG_DST, to}});
    return to;
  }

  // Windows of `kernel` x `kernel` at every `stride`-th pixel.
  dnnl::memory Pool(const dnnl::memory& from, dnnl::algorithm algorithm, int64_t kernel, int64_t stride) {
    const Dims dims = DimsOf(from);
    const auto dst =
        Described({dims[0], dims[1], (dims[2] - kernel) / stride + 1, (dims[3] - kernel) / stride + 1}, Tag::any);
    const Dims strides = {stride, stride}, window = {kernel, kernel}, none = {0, 0};
#if DNNL_VERSION_MAJOR >= 3
    const dnnl::pooling_forward::primitive_desc pd(engine_, dnnl::prop_kind::forward_inference, algorithm,
                                                   from.get_desc(), dst, strides, window, none, none, none);
#else
    const dnnl::pooling_forward::primitive_desc pd(
        {dnnl::prop_kind::forward_inference, algorithm, from.get_desc(), dst, strides, window, none, none}, engine_);
#endif
    const dnnl::memory to(pd.dst_desc(), engine_);
    Add(dnnl::pooling_forward(pd), {{DNNL_ARG_SRC, from}, {DNNL_ARG_DST, to}});
    return to;
  }

  // [N, C, H, W] or [N, features] times weight^T, plus bias.
  dnnl::memory Linear(const torch::Tensor& weight, const torch::Tensor& bias, const dnnl::memory& from, bool relu) {
    const Dims dims = DimsOf(from);
    Dims weight_dims = dims;
    weight_dims[0] = weight.size(0);
    dnnl::post_ops fused;
    if (relu) AppendRelu(fused);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(fused);
    const auto src = Described(dims, Tag::any), weights = Described(weight_dims, Tag::any);
    const auto bias_desc = Described({weight.size(0)}, Tag::x), dst = Described({dims[0], weight.size(0)}, Tag::nc);
#if DNNL_VERSION_MAJOR >= 3
    const dnnl::inner_product_forward::primitive_desc pd(engine_, dnnl::prop_kind::forward_inference, src, weights,
                                                         bias_desc, dst, attributes);
#else
    const dnnl::inner_product_forward::primitive_desc pd(
        {dnnl::prop_kind::forward_inference, src, weights, bias_desc, dst}, attributes, engine_);
#endif
    const dnnl::memory to(pd.dst_desc(), engine_);
    Add(dnnl::inner_product_forward(pd),
        {{DNNL_ARG_SRC, InFormat(from, pd.src_desc())},
         {DNNL_ARG_WEIGHTS, Constant(weight, weight_dims, dims.size() == 4 ? Tag::oihw : Tag::oi, pd.weights_desc())},
         {DNNL_ARG_BIAS, Constant(bias, {weight.size(0)}, Tag::x, pd.bias_desc())},
         {DNNL_ARG_DST, to}});
    return to;
  }

  // `before` zero channels, those of `from`, and `behind` more.
  dnnl::memory PadChannels(const dnnl::memory& from, int64_t before, int64_t behind) {
    const Dims dims = DimsOf(from);
    const auto zeros = [&](int64_t channels) {
      const torch::Tensor values = torch::zeros({dims[0], channels, dims[2], dims[3]});
      return Plain(values, {dims[0], channels, dims[2], dims[3]}, Tag::nchw);
    };
    const dnnl::memory parts[] = {zeros(before), InFormat(from, Described(dims, Tag::nchw)), zeros(behind)};
    std::vector<dnnl::memory::desc> descriptions;
    for (const dnnl::memory& part : parts) descriptions.push_back(part.get_desc());
#if DNNL_VERSION_MAJOR >= 3
    const dnnl::concat::primitive_desc pd(engine_, 1, descriptions);
#else
    const dnnl::concat::primitive_desc pd(1, descriptions, engine_);
#endif
    const dnnl::memory to(pd.dst_desc(), engine_);
    std::unordered_map<int, dnnl::memory> arguments = {{DNNL_ARG_DST, to}};
    for (int i = 0; i < 3; ++i) arguments[DNNL_ARG_MULTIPLE_SRC + i] = parts[i];
    Add(dnnl::concat(pd), std::move(arguments));
    return to;
  }

  void Execute() {
    for (auto& [primitive, arguments] : steps_) primitive.execute(stream_, arguments);
    stream_.wait();
  }

 private:
  static void AppendRelu(dnnl::post_ops& fused) {
#if DNNL_VERSION_MAJOR >= 3
    fused.append_eltwise(dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
#else
    fused.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
#endif
  }

  void Add(const dnnl::primitive& primitive, std::unordered_map<int, dnnl::memory> arguments) {
    steps_.emplace_back(primitive, std::move(arguments));
  }

  // The tensor's values in memory of their own.
  dnnl::memory Plain(const torch::Tensor& tensor, const Dims& dims, Tag tag) {
    const torch::Tensor dense = tensor.contiguous();
    dnnl::memory borrowed(Described(dims, tag), engine_, dense.data_ptr<float>());
    dnnl::memory own(Described(dims, tag), engine_);
    dnnl::reorder(borrowed, own).execute(stream_, borrowed, own);
    stream_.wait();
    return own;
  }

  // Brought to the wanted format now, once.
  dnnl::memory Constant(const torch::Tensor& tensor, const Dims& dims, Tag tag, const dnnl::memory::desc& wanted) {
    dnnl::memory plain = Plain(tensor, dims, tag), own(wanted, engine_);
    dnnl::reorder(plain, own).execute(stream_, plain, own);
    stream_.wait();
    return own;
  }

  // Brought to the wanted format in every run, if it is not there already.
  dnnl::memory InFormat(const dnnl::memory& from, const dnnl::memory::desc& wanted) {
    return from.get_desc() == wanted ? from : CopiedTo(from, wanted);
  }
  dnnl::memory CopiedTo(const dnnl::memory& from, const dnnl::memory::desc& wanted) {
    const dnnl::memory to(wanted, engine_);
    Add(dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
    return to;
  }

  dnnl::engine engine_;
  dnnl::stream stream_;
  std::vector<std::pair<dnnl::primitive, std::unordered_map<int, dnnl::memory>>> steps_;
};

dnnl::memory Resnet(Net& net, Chain& chain, dnnl::memory x) {
  const std::vector<ConvUnit*> convs = net.Convs();
  x = chain.Convolution(*convs[0], x, /*relu=*/true, {});
  for (size_t i = 1; i + 1 < convs.size(); i += 2) {
    const spec::Layer& first = convs[i]->layer();
    dnnl::memory shortcut = x;
    if (first.stride != 1) {
      const int64_t missing = first.out_channels - first.in_channels;
      shortcut = chain.PadChannels(chain.Pool(x, dnnl::algorithm::pooling_max, 1, first.stride), missing / 2,
                                   missing - missing / 2);
    }
    const dnnl::memory inner = chain.Convolution(*convs[i], x, /*relu=*/true, {});
    x = chain.Convolution(*convs[i + 1], inner, /*relu=*/true, shortcut);
  }
  return chain.Pool(x, dnnl::algorithm::pooling_avg_exclude_padding, DimsOf(x)[2], 1);
}

dnnl::memory Sequence(Net& net, Chain& chain, dnnl::memory x) {
  for (ConvUnit* unit : net.Convs()) {
    x = chain.Convolution(*unit, x, /*relu=*/true, {});
    if (unit->layer().pool_after) x = chain.Pool(x, dnnl::algorithm::pooling_max, 2, 2);
  }
  return x;
}

class OnednnNet : public NetContender {
 public:
  // Throws dnnl::error.
  OnednnNet(Net& net, const torch::Tensor& images) {
    dnnl::memory x = chain_.Input(images);
    x = net.network().name == "resnet-20" ? Resnet(net, chain_, x) : Sequence(net, chain_, x);
    const auto weights = net.named_parameters();
    std::vector<const spec::Layer*> linear;
    for (const spec::Layer& layer : net.network().layers) {
      if (layer.kind == spec::LayerKind::kLinear) linear.push_back(&layer);
    }
    for (const spec::Layer* layer : linear) {
      x = chain_.Linear(weights[layer->name + ".weight"].detach(), weights[layer->name + ".bias"].detach(), x,
                        /*relu=*/layer != linear.back());
    }
    result_ = x;
    rows_ = images.size(0);
    classes_ = linear.back()->out_channels;
  }

  void Run() override { chain_.Execute(); }
  std::string implementation() const override { return "oneDNN, a chain of primitives (formats any)"; }
  torch::Tensor logits() const override {
    return torch::from_blob(result_.get_data_handle(), {rows_, classes_}, torch::kFloat32).clone();
  }

 private:
  Chain chain_;
  dnnl::memory result_;
  int64_t rows_ = 0, classes_ = 0;
};

}  // namespace

Result<std::unique_ptr<NetContender>> MakeOnednnNet(Net& dense, const torch::Tensor& images) {
  torch::NoGradGuard no_grad;
  try {
    return std::make_unique<OnednnNet>(dense, images);
  } catch (const dnnl::error& error) {
    return Err(Internal("oneDNN, " + dense.network().name + ": " + error.what()));
  }
}

}  // namespace winnow::worker

#else

namespace winnow::worker {

Result<std::unique_ptr<NetContender>> MakeOnednnNet(Net& dense, const torch::Tensor& images) {
  return Err(Unimplemented("this winnow-stage was built without oneDNN, so it cannot be timed"));
}

}  // namespace winnow::worker

#endif
