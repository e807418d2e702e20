// Masks that change while a net is trained.
#ifndef WORKER_TRAINING_MASK_CHANGER_H_
#define WORKER_TRAINING_MASK_CHANGER_H_

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <string>

namespace winnow::worker {

// All that changes, by layer. With the net and the optimizer's state it is the state of a training.
struct MaskState {
  std::map<std::string, torch::Tensor> kept;  // U8 on the CPU, of the shape of the kernel, 1 = kept
  // Kernels without their masks, on the net's device; empty where there are none. The pruned net's gradients move the
  // copy, and the net gets what of it is kept.
  std::map<std::string, torch::Tensor> dense_copies;
};

// Decides. The training loop asks before every step and does what follows from the answer.
class MaskChanger {
 public:
  virtual ~MaskChanger() = default;

  // Steps count from 0 over the whole training; never before step 0.
  virtual bool ChangesBefore(int64_t step) const = 0;
  // Whether that change goes by gradients; the batch of the step is then used up by them, and trains nothing.
  virtual bool WantsGradients(int64_t step) const = 0;

  // Changes `state` and the kernels of the net, which has been pruned as `state` says and may be left in evaluation
  // mode. `gradients`: of the loss, by layer, of every coefficient of a masked kernel, or none. What is pruned
  // afterwards is zeroed by the caller. False where it was told to stop: then the net is half done.
  virtual bool Change(int64_t step, const std::map<std::string, torch::Tensor>& gradients, MaskState& state) = 0;

  // As StepExtras has them, for these masks; empty where there are none.
  virtual std::map<std::string, torch::Tensor> Preconditioners(const MaskState& state) const = 0;
};

}  // namespace winnow::worker

#endif  // WORKER_TRAINING_MASK_CHANGER_H_
