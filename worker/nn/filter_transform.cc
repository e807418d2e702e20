#include "worker/nn/filter_transform.h"

#include <span>

#include "kernels/transforms/filter_transform.h"
#include "worker/pruning/tile_size.h"

namespace winnow::worker {
namespace {

using torch::Tensor;

std::span<float> MutableSpanOf(const Tensor& tensor) {
  return std::span(tensor.data_ptr<float>(), static_cast<size_t>(tensor.numel()));
}

// Applies `transform` to each filter of `from`, giving filters of `side` x `side`. Works on the CPU wherever `from` is.
template <typename Transform>
Tensor ForEachFilter(const Tensor& from, int64_t side, const Transform& transform) {
  const Tensor dense = from.detach().to(torch::kCPU, torch::kFloat32).contiguous();
  const Tensor to = torch::empty({from.size(0), from.size(1), side, side}, torch::kFloat32);
  transform(from.size(0) * from.size(1), MutableSpanOf(dense), MutableSpanOf(to));
  return to.to(from.device());
}

class FilterTransformFunction : public torch::autograd::Function<FilterTransformFunction> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& weight, int64_t tile_size) {
    context->saved_data["tile_size"] = tile_size;
    const kernels::WinogradVariant variant = VariantOf(static_cast<int>(tile_size));
    return ForEachFilter(weight, tile_size + 2, [&](int64_t filters, std::span<const float> w, std::span<float> q) {
      kernels::FilterTransform(variant, filters, w, q);
    });
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list d_outputs) {
    const kernels::WinogradVariant variant = VariantOf(static_cast<int>(context->saved_data["tile_size"].toInt()));
    const Tensor d_weight =
        ForEachFilter(d_outputs[0], 3, [&](int64_t filters, std::span<const float> dq, std::span<float> dw) {
          kernels::FilterTransformAdjoint(variant, filters, dq, dw);
        });
    return {d_weight, Tensor()};
  }
};

}  // namespace

Tensor ToWinogradDomain(const Tensor& weight, int tile_size) {
  return FilterTransformFunction::apply(weight, static_cast<int64_t>(tile_size));
}

}  // namespace winnow::worker
