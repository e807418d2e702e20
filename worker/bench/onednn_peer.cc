// oneDNN as a peer; where this build has no oneDNN the only answer is kUnimplemented.
#include "worker/bench/contender.h"

#ifdef WINNOW_WITH_ONEDNN

#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

namespace winnow::worker {
namespace {

using Tag = dnnl::memory::format_tag;

dnnl::memory::desc Any(const dnnl::memory::dims& dims) { return {dims, dnnl::memory::data_type::f32, Tag::any}; }

std::string LayoutName(const dnnl::memory::desc& desc, const dnnl::memory::dims& dims) {
  constexpr std::pair<Tag, const char*> kLayouts[] = {{Tag::nchw, "nchw"},
                                                      {Tag::nhwc, "nhwc"},
                                                      {Tag::nChw4c, "nChw4c"},
                                                      {Tag::nChw8c, "nChw8c"},
                                                      {Tag::nChw16c, "nChw16c"}};
  for (const auto& [tag, name] : kLayouts) {
    if (dnnl::memory::desc(dims, dnnl::memory::data_type::f32, tag) == desc) return name;
  }
  return "its own";
}

dnnl::convolution_forward::primitive_desc Describe(const dnnl::engine& engine, dnnl::algorithm algorithm,
                                                   const kernels::ConvShape& s) {
  const dnnl::memory::dims ones = {1, 1};
  const dnnl::memory::dims padding = {s.padding, s.padding};
  const auto src = Any({s.batch, s.in_channels, s.height, s.width});
  const auto weights = Any({s.out_channels, s.in_channels, 3, 3});
  const auto bias = Any({s.out_channels});
  const auto dst = Any({s.batch, s.out_channels, s.OutHeight(), s.OutWidth()});
#if DNNL_VERSION_MAJOR >= 3
  return {engine, dnnl::prop_kind::forward_inference, algorithm, src, weights, bias, dst, ones, padding, padding};
#else
  return {{dnnl::prop_kind::forward_inference, algorithm, src, weights, bias, dst, ones, padding, padding}, engine};
#endif
}

class OnednnPeer : public Contender {
 public:
  // Throws dnnl::error.
  OnednnPeer(dnnl::algorithm algorithm, const ConvProblem& problem)
      : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_), pd_(Describe(engine_, algorithm, problem.shape)) {
    const kernels::ConvShape& s = problem.shape;
    src_dims_ = {s.batch, s.in_channels, s.height, s.width};
    dst_dims_ = {s.batch, s.out_channels, s.OutHeight(), s.OutWidth()};
    primitive_ = dnnl::convolution_forward(pd_);
    arguments_ = {{DNNL_ARG_SRC, Reordered(problem.input, src_dims_, Tag::nchw, pd_.src_desc())},
                  {DNNL_ARG_WEIGHTS,
                   Reordered(problem.spatial, {s.out_channels, s.in_channels, 3, 3}, Tag::oihw, pd_.weights_desc())},
                  {DNNL_ARG_BIAS, Reordered(problem.bias, {s.out_channels}, Tag::x, pd_.bias_desc())},
                  {DNNL_ARG_DST, dnnl::memory(pd_.dst_desc(), engine_)}};
  }

  void Run() override {
    primitive_.execute(stream_, arguments_);
    stream_.wait();
  }

  std::string implementation() const override {
    return std::string(pd_.impl_info_str()) + " (" + LayoutName(pd_.src_desc(), src_dims_) + " to " +
           LayoutName(pd_.dst_desc(), dst_dims_) + ")";
  }

 private:
  dnnl::memory Reordered(const std::vector<float>& values, const dnnl::memory::dims& dims, Tag tag,
                         const dnnl::memory::desc& wanted) {
    dnnl::memory plain({dims, dnnl::memory::data_type::f32, tag}, engine_, const_cast<float*>(values.data()));
    dnnl::memory own(wanted, engine_);
    dnnl::reorder(plain, own).execute(stream_, plain, own);
    stream_.wait();
    return own;
  }

  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::convolution_forward::primitive_desc pd_;
  dnnl::convolution_forward primitive_;
  dnnl::memory::dims src_dims_, dst_dims_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

}  // namespace

Result<std::unique_ptr<Contender>> MakeOnednnPeer(bool winograd, const ConvProblem& problem) {
  const auto algorithm = winograd ? dnnl::algorithm::convolution_winograd : dnnl::algorithm::convolution_direct;
  try {
    return std::make_unique<OnednnPeer>(algorithm, problem);
  } catch (const dnnl::error& error) {
    const std::string what = "oneDNN, " + std::string(winograd ? "winograd" : "direct") + " for " +
                             problem.shape.ToString() + ": " + error.what();
    if (error.status == dnnl_unimplemented) return Err(Unimplemented(what));
    if (error.status == dnnl_out_of_memory) return Err(ResourceExhausted(what));
    return Err(Internal(what));
  }
}

}  // namespace winnow::worker

#else

namespace winnow::worker {

Result<std::unique_ptr<Contender>> MakeOnednnPeer(bool winograd, const ConvProblem& problem) {
  return Err(Unimplemented("this winnow-stage was built without oneDNN, so it cannot be timed"));
}

}  // namespace winnow::worker

#endif
