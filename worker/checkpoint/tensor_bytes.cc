#include "worker/checkpoint/tensor_bytes.h"

#include <cstring>
#include <optional>
#include <utility>

namespace winnow::worker {
namespace {

constexpr std::pair<ElementType, torch::ScalarType> kScalarTypes[] = {
    {ElementType::kF64, torch::kFloat64},   {ElementType::kF32, torch::kFloat32}, {ElementType::kF16, torch::kFloat16},
    {ElementType::kBF16, torch::kBFloat16}, {ElementType::kI64, torch::kInt64},   {ElementType::kI32, torch::kInt32},
    {ElementType::kI16, torch::kInt16},     {ElementType::kI8, torch::kInt8},     {ElementType::kU8, torch::kUInt8},
    {ElementType::kBool, torch::kBool}};

std::optional<ElementType> FindElementType(torch::ScalarType type) {
  for (const auto& [ours, theirs] : kScalarTypes) {
    if (theirs == type) return ours;
  }
  return std::nullopt;
}

torch::ScalarType ScalarTypeOf(ElementType type) {
  for (const auto& [ours, theirs] : kScalarTypes) {
    if (ours == type) return theirs;
  }
  return torch::kFloat32;  // not reached: the table is complete
}

}  // namespace

Status NamedTensors::Add(const std::string& name, const torch::Tensor& tensor) {
  const std::optional<ElementType> type = FindElementType(tensor.scalar_type());
  if (!type) {
    return InvalidArgument("tensor " + name + " has the element type " + std::string(toString(tensor.scalar_type())) +
                           ", which a safetensors file cannot hold");
  }
  torch::Tensor dense = tensor.detach().to(torch::kCPU).contiguous();
  views_[name] = {.type = *type,
                  .shape = dense.sizes().vec(),
                  .bytes = std::span(static_cast<const std::byte*>(dense.data_ptr()), dense.nbytes())};
  kept_.push_back(std::move(dense));
  return OkStatus();
}

torch::Tensor ToTensor(const TensorView& view) {
  torch::Tensor tensor = torch::empty(view.shape, ScalarTypeOf(view.type));
  if (!view.bytes.empty()) std::memcpy(tensor.data_ptr(), view.bytes.data(), view.bytes.size());
  return tensor;
}

std::string ShapeText(torch::IntArrayRef shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

}  // namespace winnow::worker
