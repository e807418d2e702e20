// A tensor's numbers, for code that knows no LibTorch.
#ifndef WORKER_STAGE_KERNEL_VALUES_H_
#define WORKER_STAGE_KERNEL_VALUES_H_

#include <torch/torch.h>

#include <span>

namespace winnow::worker {

// `tensor`: float32, contiguous, on the CPU; it must outlive the span.
inline std::span<const float> Values(const torch::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<size_t>(tensor.numel())};
}

}  // namespace winnow::worker

#endif  // WORKER_STAGE_KERNEL_VALUES_H_
