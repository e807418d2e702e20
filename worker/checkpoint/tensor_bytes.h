// Between LibTorch's tensors and the views that safetensors files are made of.
#ifndef WORKER_CHECKPOINT_TENSOR_BYTES_H_
#define WORKER_CHECKPOINT_TENSOR_BYTES_H_

#include <torch/torch.h>

#include <map>
#include <string>
#include <string_view>

#include "worker/checkpoint/safetensors.h"

namespace winnow::worker {

// Tensors by name, made dense and brought to the CPU, with views of them.
//
// Ownership  keeps the tensors that `views` look at.
class NamedTensors {
 public:
  // kInvalidArgument for an element type that the format lacks.
  Status Add(const std::string& name, const torch::Tensor& tensor);
  const TensorViews& views() const { return views_; }

 private:
  std::vector<torch::Tensor> kept_;
  TensorViews views_;
};

// A copy of a view's content, on the CPU.
torch::Tensor ToTensor(const TensorView& view);

// "[16, 3, 3, 3]"
std::string ShapeText(torch::IntArrayRef shape);

}  // namespace winnow::worker

#endif  // WORKER_CHECKPOINT_TENSOR_BYTES_H_
