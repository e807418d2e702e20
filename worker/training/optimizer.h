// SGD and Adam with their state in the open, so that it can be saved and found again bit for bit.
//
// With g = gradient + weight_decay * w, in float32:
//   sgd    v = momentum * v + g;  w -= rate * (nesterov ? g + momentum * v : v);  v starts at 0
//   adam   m = momentum * m + (1 - momentum) * g;  u = 0.999 * u + 0.001 * g^2;
//          w -= rate * (m / (1 - momentum^t)) / (sqrt(u / (1 - 0.999^t)) + 1e-8);  t = 1 at the first step
// as in torch.optim (the Adam is Kingma and Ba, arXiv 1412.6980). One pass over memory a parameter.
#ifndef WORKER_TRAINING_OPTIMIZER_H_
#define WORKER_TRAINING_OPTIMIZER_H_

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "spec/sweep_spec.h"

namespace winnow::worker {

// A trained tensor under the name it has in a checkpoint.
struct NamedParameter {
  std::string name;
  torch::Tensor tensor;  // float32, contiguous; all parameters on one device
};

// Ownership  shares the tensors of its parameters.
// Threads    one at a time; Step() divides its work over LibTorch's threads, elementwise, so their number changes no
// bit.
class Optimizer {
 public:
  Optimizer(std::vector<NamedParameter> parameters, const spec::Optimizer& options);

  // Moves every parameter that has a gradient. `rate` >= 0.
  void Step(double rate);
  void ZeroGradients();

  // Sets the state of `parameter`, one of those given, to 0 wherever `kept` is 0.
  void ForgetWhereZero(const torch::Tensor& parameter, const torch::Tensor& kept);

  // Copies of the state, by "PARAMETER.STATE": momentum_buffer, or exp_avg and exp_avg_sq.
  std::map<std::string, torch::Tensor> SaveState() const;
  // Goes on after `steps` steps with that state. kInvalidArgument names each tensor that is missing, extra or
  // misshapen; nothing is then changed.
  Status LoadState(const std::map<std::string, torch::Tensor>& state, int64_t steps);

 private:
  struct Slot {
    NamedParameter parameter;
    torch::Tensor first;   // momentum_buffer or exp_avg
    torch::Tensor second;  // exp_avg_sq; undefined for sgd
  };

  void StepElsewhere(double rate);  // not on the CPU: by LibTorch's operations on lists of tensors

  // The state tensors by name, those of this object itself.
  std::map<std::string, torch::Tensor*> StateByName();

  const spec::Optimizer options_;
  std::vector<Slot> slots_;
  int64_t steps_ = 0;
};

}  // namespace winnow::worker

#endif  // WORKER_TRAINING_OPTIMIZER_H_
