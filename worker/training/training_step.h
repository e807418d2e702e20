// One step of training, as the loop makes it and `winnow-stage bench-step` times it.
#ifndef WORKER_TRAINING_TRAINING_STEP_H_
#define WORKER_TRAINING_TRAINING_STEP_H_

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "worker/nn/net.h"
#include "worker/training/kernel_masks.h"
#include "worker/training/mask_changer.h"
#include "worker/training/native_threshold.h"
#include "worker/training/optimizer.h"

namespace winnow::worker {

// What a step may have besides. Ownership: borrows the teacher.
struct StepExtras {
  // By layer, [O, C, a^2, a^2], a = m + 2: the gradient of each kernel of a Winograd layer is multiplied with its
  // matrix.
  std::map<std::string, torch::Tensor> preconditioners;
  // l1 > 0: the loss becomes larger by l1 times the sum of magnitudes of the masked and the native layers'
  // coefficients; its gradient is scaled like the rest.
  double l1 = 0.0;
  // Layers that are trained in the Winograd domain and have no mask yet, and the threshold that they are held against.
  std::vector<std::string> native_layers;
  spec::NativeRule native;  // its l1 is the one above
  // Where there is one: the loss becomes (1 - w) CE + w T^2 KL(teacher at T || net at T), w and T the weight and the
  // temperature (Hinton et al., arXiv 1503.02531). In evaluation mode, on the net's device.
  Net* teacher = nullptr;
  spec::Distillation distillation;
};

// Forward in training mode, mean cross-entropy, backward, the gradients of Winograd kernels divided, one step of the
// optimizer, pruned weights back to zero.
//
// Ownership  borrows net and masks.
// Threads    one step at a time; spreads over LibTorch's threads.
class TrainingStep {
 public:
  // Of `training` optimizer and arithmetic count. `divisors`: what the gradient of a layer's kernel is divided by,
  // elementwise [m+2, m+2].
  //
  // While this lives, layers that can leave pruned weights out of their work do so.
  //
  // A net that is not on the CPU is trained by LibTorch's operations, whatever `training` says.
  TrainingStep(Net& net, const spec::Training& training, const KernelMasks& masks,
               std::map<std::string, torch::Tensor> divisors, StepExtras extras = {});

  ~TrainingStep();
  TrainingStep(const TrainingStep&) = delete;
  TrainingStep& operator=(const TrainingStep&) = delete;

  struct Figures {
    double loss = 0;  // mean over the images
    int64_t correct = 0;
  };
  // `images` [N, C, H, W], `labels` int64 [N], on any device; `rate` is the learning rate, `seed` and `step` draw the
  // dropout masks. Where the loss is not finite nothing is changed: ask std::isfinite.
  Figures Run(const torch::Tensor& images, const torch::Tensor& labels, double rate, uint64_t seed, uint64_t step);

  // Forward and backward of a batch as in Run(), but nothing is learnt: `gradients` becomes the loss's by each
  // coefficient of the masked kernels, pruned ones among them, undivided. Where the loss is not finite it stays empty.
  Figures KernelGradients(const torch::Tensor& images, const torch::Tensor& labels, uint64_t seed, uint64_t step,
                          std::map<std::string, torch::Tensor>& gradients);

  Optimizer& optimizer() { return optimizer_; }

  // The masks, and copies of the dense kernels if there are any: these tensors themselves, not copies of them.
  MaskState mask_state() const { return {.kept = masks_.Kept(), .dense_copies = dense_copies_}; }
  // Goes on with other masks of the same layers. What the optimizer remembers of coefficients that are pruned, or were,
  // is forgotten; but not where there are dense copies, which it goes on moving.
  void SetMaskState(MaskState state, std::map<std::string, torch::Tensor> preconditioners);

 private:
  torch::Tensor Forward(const torch::Tensor& images, const torch::Tensor& labels, torch::Tensor& loss);
  // Gives masks and divisors to the layers that take them; with `whole` no layer leaves anything out.
  void TellLayers(bool whole);
  void StepOptimizer(double rate);
  torch::Tensor LossOf(const torch::Tensor& logits, const torch::Tensor& images, const torch::Tensor& labels);
  void AddSigns();
  void ScaleGradients();

  Net& net_;
  bool channels_last_ = false;                         // what a GPU's convolutions want
  KernelMasks masks_;                                  // all of them
  std::map<std::string, torch::Tensor> dense_copies_;  // by layer
  KernelMasks held_;                                   // of layers that do not hold them themselves
  std::map<std::string, torch::Tensor> divisors_;      // likewise
  std::map<std::string, torch::Tensor> own_divisors_;  // of layers that divide themselves
  std::vector<std::string> masked_;                    // the layers with masks, and the native ones
  StepExtras extras_;
  NativeThreshold threshold_;
  Optimizer optimizer_;
};

}  // namespace winnow::worker

#endif  // WORKER_TRAINING_TRAINING_STEP_H_
