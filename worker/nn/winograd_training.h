// The training kernels (kernels/train) behind one layer, kept from step to step, and their place in LibTorch's
// differentiation.
#ifndef WORKER_NN_WINOGRAD_TRAINING_H_
#define WORKER_NN_WINOGRAD_TRAINING_H_

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace winnow::worker {

// Whether layers keep their transformed inputs from forward to backward, or make them again: more memory or more work,
// the same bits. False until told otherwise; what $WINNOW_KEEP_TRANSFORMED says ("1" or "0") where it is set. Not while
// a step is under way.
bool KeepsTransformedInputs();
void KeepTransformedInputs(bool keep);

// Threads    LibTorch's; one call at a time. Outputs and gradients of inputs do not depend on their number; the
//            filter's gradient is summed thread by thread and so does.
class WinogradTraining {
 public:
  explicit WinogradTraining(int tile_size);
  ~WinogradTraining();

  // `kept` as the weight, U8, 1 = kept: the other weights are zero and stay so, are left out of all products, and have
  // gradients of exactly 0. Undefined: all are kept.
  void SetKept(const torch::Tensor& kept);
  // [m+2, m+2]: what the weight's gradient is divided by. Undefined: by nothing.
  void SetGradientDivisors(const torch::Tensor& divisors);

  // The convolution, differentiable; worker/nn/winograd_conv2d.h says what it is. `input` in NCHW or in whole blocks
  // (worker/nn/image_layout.h), the output in the same. `bias` may be undefined. float32 on the CPU. The weight must
  // not change between a call and its backward.
  torch::Tensor Convolve(const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias,
                         int64_t padding);

  struct Kernels;

 private:
  std::shared_ptr<Kernels> KernelsFor(const torch::Tensor& input, int64_t out_channels, int64_t padding);

  const int tile_size_;
  std::vector<uint8_t> kept_;                     // empty: all
  torch::Tensor scale_;                           // 1 / divisors, or undefined
  std::vector<std::shared_ptr<Kernels>> recent_;  // the last sizes and layouts seen, latest first
};

}  // namespace winnow::worker

#endif  // WORKER_NN_WINOGRAD_TRAINING_H_
