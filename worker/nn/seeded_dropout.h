// Dropout whose mask is a function of (seed, step, the layer's place in the net), so that a stage that is resumed at a
// step drops what the undisturbed one would have dropped.
#ifndef WORKER_NN_SEEDED_DROPOUT_H_
#define WORKER_NN_SEEDED_DROPOUT_H_

#include <torch/torch.h>

#include <cstdint>

namespace winnow::worker {

// Element i is dropped when counter-based random number i (base/counter_random.h, stream kDropout) is below the
// probability; the others are divided by 1 - probability. The mask is made on the CPU and so is the same on every
// device. Does nothing outside training mode.
class SeededDropoutImpl : public torch::nn::Module {
 public:
  // `place` tells the dropouts of a net apart.
  SeededDropoutImpl(double probability, uint32_t place);

  void SetStep(uint64_t seed, uint64_t step);
  void SetProbability(double probability) { probability_ = probability; }
  torch::Tensor forward(const torch::Tensor& input);

 private:
  double probability_;
  uint32_t place_;
  uint64_t seed_ = 0;
  uint64_t step_ = 0;
};
TORCH_MODULE(SeededDropout);

}  // namespace winnow::worker

#endif  // WORKER_NN_SEEDED_DROPOUT_H_
