// Which weights of a net's kernels are pruned, and the holding of them at zero.
#ifndef WORKER_TRAINING_KERNEL_MASKS_H_
#define WORKER_TRAINING_KERNEL_MASKS_H_

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "base/result.h"
#include "worker/nn/net.h"

namespace winnow::worker {

// One mask a pruned layer, of the shape of its kernel. Pruned weights may move in an optimizer step; Hold() puts them
// back to exactly 0 (+0, never -0) before anybody looks: before each forward and before the net is saved. Survivors
// see the same training as if the gradients had been masked.
//
// Ownership  holds its own tensors, on the device that the kernel is on when a mask is set; keeps nothing of a net.
// Threads    one at a time.
class KernelMasks {
 public:
  // `kept` is in the layout of the layer's kernel, 1 = kept. kNotFound for a layer the net does not have,
  // kInvalidArgument for another size than the kernel's.
  Status Set(Net& net, const std::string& layer, std::span<const uint8_t> kept);

  // As Kept() gives them.
  void Set(Net& net, const std::string& layer, const torch::Tensor& kept);
  void Hold(Net& net) const;
  // After the net has moved there.
  void MoveTo(torch::Device device);

  // By layer, U8, on the CPU, 1 = kept: the form of a resume point.
  std::map<std::string, torch::Tensor> Kept() const;
  bool SameAs(const std::map<std::string, torch::Tensor>& kept) const;

  bool empty() const { return pruned_.empty(); }

 private:
  std::map<std::string, torch::Tensor> pruned_;  // bool, true = pruned
};

}  // namespace winnow::worker

#endif  // WORKER_TRAINING_KERNEL_MASKS_H_
