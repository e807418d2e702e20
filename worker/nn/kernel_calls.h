// LibTorch's tensors and threads as the kernels want them.
#ifndef WORKER_NN_KERNEL_CALLS_H_
#define WORKER_NN_KERNEL_CALLS_H_

#include <torch/torch.h>

#include <span>

#include "kernels/parallel_for.h"

namespace winnow::worker {

// float32, contiguous, on the CPU; the tensor must outlive the span.
inline std::span<const float> SpanOf(const torch::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<size_t>(tensor.numel())};
}

// A ParallelFor on LibTorch's threads.
inline void ForLibTorch(int64_t count, kernels::RangeBody body) {
  at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) { body(begin, end, at::get_thread_num()); });
}

}  // namespace winnow::worker

#endif  // WORKER_NN_KERNEL_CALLS_H_
