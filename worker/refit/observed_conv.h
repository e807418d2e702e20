// A look at what goes through one convolution of a net.
#ifndef WORKER_REFIT_OBSERVED_CONV_H_
#define WORKER_REFIT_OBSERVED_CONV_H_

#include <torch/torch.h>

#include <functional>
#include <memory>

#include "worker/nn/conv_unit.h"

namespace winnow::worker {

// Stands in the place of a convolution, computes the same and tells of it.
class ObservedConv : public ConvLayer {
 public:
  using Listener = std::function<void(const torch::Tensor&)>;

  // `on_input` hears every input; `on_gradient`, where given, the gradient of the loss with respect to every output,
  // also where nothing before this layer has a gradient.
  ObservedConv(std::shared_ptr<ConvLayer> conv, Listener on_input, Listener on_gradient);

  torch::Tensor forward(const torch::Tensor& input) override;
  torch::Tensor& kernel() override { return conv_->kernel(); }
  int tile_size() const override { return conv_->tile_size(); }

 private:
  std::shared_ptr<ConvLayer> conv_;
  Listener on_input_, on_gradient_;
};

// Puts an ObservedConv into a unit for as long as this lives.
//
// Ownership  borrows the unit.
class Observation {
 public:
  Observation(ConvUnit& unit, ObservedConv::Listener on_input, ObservedConv::Listener on_gradient);
  ~Observation();
  Observation(const Observation&) = delete;
  Observation& operator=(const Observation&) = delete;

 private:
  ConvUnit& unit_;
  std::shared_ptr<ConvLayer> conv_;
};

}  // namespace winnow::worker

#endif  // WORKER_REFIT_OBSERVED_CONV_H_
