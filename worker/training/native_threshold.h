// Thresholds of native pruning (Li et al. 2017, as SkimCaffe has them): after each step of training, Winograd-domain
// coefficients of small magnitude are set to zero. They are trained on and may come back.
//
//   t_k = t / |row k of A (x) A|_2        of position k of a tile, t alone where the rule does not scale
//   guided, with the gradient g of the loss:  s_k / (|g| / t + 1 / (f t)),  s_k = t_k / t, f the rule's factor:
//   f t_k where the loss does not feel the coefficient, less the more it does
#ifndef WORKER_TRAINING_NATIVE_THRESHOLD_H_
#define WORKER_TRAINING_NATIVE_THRESHOLD_H_

#include <torch/torch.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "spec/native_start.h"
#include "worker/nn/net.h"

namespace winnow::worker {

// 1 / |row k of A (x) A|_2 for the positions k of a tile: float32 [m+2, m+2].
torch::Tensor ThresholdScales(int tile_size);

// What a kernel with the loss's gradient `gradient` is held against; undefined `gradient`: not guided. `scales` [a, a].
torch::Tensor ThresholdsOf(const spec::NativeRule& rule, const torch::Tensor& scales, const torch::Tensor& gradient);

// Threads    one at a time.
class NativeThreshold {
 public:
  // `layers` are in the Winograd domain. Does nothing where the rule has no threshold.
  NativeThreshold(const spec::NativeRule& rule, std::vector<std::string> layers)
      : rule_(rule), layers_(std::move(layers)) {}

  // Between the backward pass and the optimizer's step: what the gradients make of the thresholds.
  void Look(Net& net);
  // Behind the optimizer's step.
  void Apply(Net& net);

 private:
  const spec::NativeRule rule_;
  const std::vector<std::string> layers_;
  std::map<std::string, torch::Tensor> thresholds_;
};

}  // namespace winnow::worker

#endif  // WORKER_TRAINING_NATIVE_THRESHOLD_H_
