// Tensors that are functions of a seed, for tests.
#ifndef TESTS_UNIT_WORKER_NN_RANDOM_TENSOR_H_
#define TESTS_UNIT_WORKER_NN_RANDOM_TENSOR_H_

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "base/counter_random.h"

namespace winnow::worker {

// float32 in [-1, 1), f(seed).
inline torch::Tensor RandomTensor(std::vector<int64_t> sizes, uint64_t seed) {
  torch::Tensor tensor = torch::empty(sizes, torch::kFloat32);
  auto* values = tensor.data_ptr<float>();
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    values[i] = 2.0f * RandomUnit(RandomAt(seed, RandomStream::kInitialWeights, 1, static_cast<uint64_t>(i))[0]) - 1.0f;
  }
  return tensor;
}

// The largest difference over the largest magnitude of `expected`.
inline double MaxRelativeError(const torch::Tensor& found, const torch::Tensor& expected) {
  const torch::Tensor wanted = expected.detach().to(torch::kFloat64);
  return ((found.detach().to(torch::kFloat64) - wanted).abs().max() / wanted.abs().max().clamp_min(1e-30))
      .item<double>();
}

}  // namespace winnow::worker

#endif  // TESTS_UNIT_WORKER_NN_RANDOM_TENSOR_H_
