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

  // Windows of `kernel` x `kernel` at every `stride`-th pixel of images padded by `padding`.
  dnnl::memory Pool(const dnnl::memory& from, dnnl::algorithm algorithm, int64_t kernel, int64_t stride,
                    int64_t padding) {
    const Dims dims = DimsOf(from);
    const auto outputs = [&](int64_t size) { return (size + 2 * padding - kernel) / stride + 1; };
    const auto dst = Described({dims[0], dims[1], outputs(dims[2]), outputs(dims[3])}, Tag::any);
    const Dims strides = {stride, stride}, window = {kernel, kernel}, zeros = {padding, padding};
#if DNNL_VERSION_MAJOR >= 3
    const dnnl::pooling_forward::primitive_desc pd(engine_, dnnl::prop_kind::forward_inference, algorithm,
                                                   from.get_desc(), dst, strides, window, Dims{0, 0}, zeros, zeros);
#else
    const dnnl::pooling_forward::primitive_desc pd(
        {dnnl::prop_kind::forward_inference, algorithm, from.get_desc(), dst, strides, window, zeros, zeros}, engine_);
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

  dnnl::memory Relu(const dnnl::memory& from) {
#if DNNL_VERSION_MAJOR >= 3
    const dnnl::eltwise_forward::primitive_desc pd(engine_, dnnl::prop_kind::forward_inference,
                                                   dnnl::algorithm::eltwise_relu, from.get_desc(), from.get_desc());
#else
    const dnnl::eltwise_forward::primitive_desc pd(
        {dnnl::prop_kind::forward_inference, dnnl::algorithm::eltwise_relu, from.get_desc()}, engine_);
#endif
    const dnnl::memory to(pd.dst_desc(), engine_);
    Add(dnnl::eltwise_forward(pd), {{DNNL_ARG_SRC, from}, {DNNL_ARG_DST, to}});
    return to;
  }

  dnnl::memory Sum(const dnnl::memory& a, const dnnl::memory& b) {
    const dnnl::memory same = InFormat(b, a.get_desc());
#if DNNL_VERSION_MAJOR >= 3
    const dnnl::binary::primitive_desc pd(engine_, dnnl::algorithm::binary_add, a.get_desc(), same.get_desc(),
                                          a.get_desc());
#else
    const dnnl::binary::primitive_desc pd({dnnl::algorithm::binary_add, a.get_desc(), same.get_desc(), a.get_desc()},
                                          engine_);
#endif
    const dnnl::memory to(pd.dst_desc(), engine_);
    Add(dnnl::binary(pd), {{DNNL_ARG_SRC_0, a}, {DNNL_ARG_SRC_1, same}, {DNNL_ARG_DST, to}});
    return to;
  }

  // Logits [N, C] or [N, C, 1, 1], one image's behind the other's.
  dnnl::memory InRows(const dnnl::memory& logits) {
    const Dims dims = DimsOf(logits);
    return InFormat(logits, Described(dims, dims.size() == 4 ? Tag::nchw : Tag::nc));
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

// A net's steps as primitives.
class Builder {
 public:
  Builder(Net& net, Chain& chain, const dnnl::memory& images)
      : net_(net),
        chain_(chain),
        images_(images),
        weights_(net.named_parameters()),
        values_(net.network().nodes.size()) {}

  // The logits. Throws dnnl::error.
  Result<dnnl::memory> Build() {
    for (const GraphStep& step : net_.steps()) {
      WINNOW_ASSIGN_OR_RETURN(values_[static_cast<size_t>(step.result)], Add(step));
    }
    return values_.back();
  }

 private:
  const dnnl::memory& Value(int node) const {
    return node == spec::Node::kImage ? images_ : values_[static_cast<size_t>(node)];
  }

  Result<dnnl::memory> Add(const GraphStep& step) {
    const spec::Node& node = net_.network().nodes[static_cast<size_t>(step.node)];
    const dnnl::memory& x = Value(step.inputs.front());
    switch (node.op) {
      case spec::LayerOp::kConv:
        return chain_.Convolution(*net_.FindConv(node.name), x, step.relu,
                                  step.residual == GraphStep::kNone ? dnnl::memory() : Value(step.residual));
      case spec::LayerOp::kLinear:
        return AddLinear(step, node, x);
      case spec::LayerOp::kMaxPool:
        return chain_.Pool(x, dnnl::algorithm::pooling_max, node.kernel, node.stride, node.padding);
      case spec::LayerOp::kAvgPool:
        return chain_.Pool(x, dnnl::algorithm::pooling_avg_include_padding, node.kernel, node.stride, node.padding);
      case spec::LayerOp::kGlobalAvgPool:
        return chain_.Pool(x, dnnl::algorithm::pooling_avg_exclude_padding, DimsOf(x)[2], 1, 0);
      case spec::LayerOp::kPadChannels:
        return chain_.PadChannels(x, node.before, node.behind);
      case spec::LayerOp::kRelu:
        return chain_.Relu(x);
      case spec::LayerOp::kAdd: {
        dnnl::memory sum = x;
        for (size_t i = 1; i < step.inputs.size(); ++i) sum = chain_.Sum(sum, Value(step.inputs[i]));
        return step.relu ? chain_.Relu(sum) : sum;
      }
      case spec::LayerOp::kFlatten:  // linear layers take images too
      case spec::LayerOp::kDropout:
        return x;
      case spec::LayerOp::kBatchNorm:
        break;
    }
    return Err(Unimplemented("the chain of oneDNN's primitives has no " + std::string(spec::LayerOpName(node.op)) +
                             " that belongs to no convolution (" + node.name + ")"));
  }

  dnnl::memory AddLinear(const GraphStep& step, const spec::Node& node, const dnnl::memory& x) {
    const torch::Tensor weight = weights_[node.name + ".weight"].detach();
    const torch::Tensor* const bias = weights_.find(node.name + ".bias");
    return chain_.Linear(weight, bias == nullptr ? torch::zeros({weight.size(0)}) : bias->detach(), x, step.relu);
  }

  Net& net_;
  Chain& chain_;
  const dnnl::memory images_;
  const torch::OrderedDict<std::string, torch::Tensor> weights_;
  std::vector<dnnl::memory> values_;
};

class OnednnNet : public NetContender {
 public:
  // Throws dnnl::error.
  static Result<std::unique_ptr<OnednnNet>> Make(Net& net, const torch::Tensor& images) {
    auto made = std::make_unique<OnednnNet>();
    WINNOW_ASSIGN_OR_RETURN(const dnnl::memory logits, Builder(net, made->chain_, made->chain_.Input(images)).Build());
    made->rows_ = images.size(0);
    made->classes_ = net.network().classes;
    made->result_ = made->chain_.InRows(logits);
    return made;
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
    return OnednnNet::Make(dense, images);
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
